//! The `trace` of a request.

wire_struct! { both
    /// The W3C trace context of whoever makes a request, as in the HTTP headers of these names.
    #[derive(Default)]
    pub struct TraceContext {
        optional {
            /// Version, trace, parent and flags, such as `00-<32 hex digits>-<16 hex digits>-01`.
            traceparent: String = "traceparent",
            /// What tracing systems add to it.
            tracestate: String = "tracestate",
        }
    }
}
