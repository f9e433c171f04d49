//! The one place that knows whether `schemars` is asked for.

/// Implements `JsonSchema` under the type's own name, if the feature asks for it.
macro_rules! impl_json_schema {
    ($name:ident, $generator:pat => $schema:expr) => {
        #[cfg(feature = "schemars")]
        impl ::schemars::JsonSchema for $name {
            fn schema_name() -> ::std::borrow::Cow<'static, str> {
                stringify!($name).into()
            }

            fn schema_id() -> ::std::borrow::Cow<'static, str> {
                concat!("codex_protocol::", stringify!($name)).into()
            }

            fn json_schema($generator: &mut ::schemars::SchemaGenerator) -> ::schemars::Schema {
                $schema
            }
        }
    };
}
