//! What is on the heap.

use stats_alloc::{INSTRUMENTED_SYSTEM, StatsAlloc};
use std::alloc::System;

#[global_allocator]
static HEAP: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

/// What may be more on the heap than before, in bytes: tables and buffers that grow in steps. A byte for every message
/// would be more.
pub(crate) const ALLOWED: i64 = 4096;

/// The bytes that are on the heap now, of this whole process.
pub(crate) fn live() -> i64 {
    let stats = HEAP.stats();
    i64::try_from(stats.bytes_allocated).unwrap() - i64::try_from(stats.bytes_deallocated).unwrap()
}
