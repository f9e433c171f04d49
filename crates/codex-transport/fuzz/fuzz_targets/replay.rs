//! Any bytes as a recording, replayed to a client that does what is recorded.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    codex_transport_fuzz::replay(data);
});
