//! Any bytes in any pieces; the first ones say how large the pieces and the frames may be.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| codex_transport_fuzz::framing(data));
