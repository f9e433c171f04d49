//! Any bytes as the params of a notification; the first one picks the method.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| codex_protocol_fuzz::notification(data));
