#![no_main]
libfuzzer_sys::fuzz_target!(|data: &[u8]| scalelint_fuzz::targets::project(data));
