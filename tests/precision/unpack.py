"""Writes the source and deployment files of a bare repository's HEAD to a folder, whatever large files are missing.

    python3 tests/precision/unpack.py GIT_DIRECTORY FOLDER
"""

import os
import subprocess
import sys

git,dst=sys.argv[1:3]
out=subprocess.run(['git','--git-dir='+git,'ls-tree','-r','-z','HEAD'],capture_output=True).stdout
keep=('.py','.rs','.toml','.lock','.txt','.cfg','.ini','.sql','.yml','.yaml','.md','.json','.conf','.sh','.bash','.tf','.tofu',
      '.tfvars','.hcl','.tpl','.tmpl','.template','.service','.timer','.pyi','.html','.dockerfile','.containerfile','.caddyfile','.mk')
# What is named after its purpose rather than with an ending: `Dockerfile.web`, `Procfile`, `entrypoint`.
named=('dockerfile','containerfile','procfile','caddyfile','makefile','kustomization')
def kept(path):
    name=path.rsplit('/',1)[-1].lower()
    return not name.endswith('.min.json') and (name.endswith(keep) or name.startswith(named) or '.' not in name)
want=[]
for l in out.split(b'\0'):
    if not l: continue
    meta,path=l.split(b'\t',1); mode,typ,oid=meta.split(); path=path.decode('utf8','replace')
    if typ!=b'blob' or mode==b'120000': continue
    if kept(path): want.append((oid,path))
p=subprocess.run(['git','--git-dir='+git,'cat-file','--batch'],input=b'\n'.join(o for o,_ in want)+b'\n',capture_output=True)
b=p.stdout;i=0;miss=0
for oid,path in want:
    e=b.index(b'\n',i);h=b[i:e].split();i=e+1
    if h[1]==b'missing': miss+=1;continue
    n=int(h[2]);d=b[i:i+n];i+=n+1
    if n>2_000_000: continue
    f=os.path.join(dst,path);os.makedirs(os.path.dirname(f),exist_ok=True)
    open(f,'wb').write(d)
print(dst,len(want),'missing',miss,p.stderr[:200])
