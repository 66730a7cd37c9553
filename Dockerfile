# The program alone, for pipelines that run containers: docker run --rm -v "$PWD:/work" scalelint check
FROM rust:1.95-slim AS build
WORKDIR /src
COPY . .
RUN cargo install --locked --path . --root /out

FROM debian:stable-slim
# git is asked by --since and --staged; the project is mounted and belongs to somebody else.
RUN apt-get update \
    && apt-get install --yes --no-install-recommends git \
    && rm -rf /var/lib/apt/lists/* \
    && git config --system --add safe.directory '*'
COPY --from=build /out/bin/scalelint /usr/local/bin/scalelint
USER 1000
WORKDIR /work
ENTRYPOINT ["scalelint"]
CMD ["check"]
