//! What a method of the async client takes and gives, and how its twin is to go about it.

use quote::ToTokens;
use syn::{FnArg, GenericArgument, Pat, PathArguments, ReturnType, Signature, Type};

use super::is_twin;

/// How the twin of a method is written.
pub(super) struct Shape {
    pub(super) receiver: String,
    /// The arguments, as they are declared.
    pub(super) arguments: Vec<String>,
    /// The arguments, as they are passed on.
    pub(super) passed: Vec<String>,
    /// What is returned, with its arrow.
    pub(super) output: String,
    /// Whether the async method is awaited.
    pub(super) waits: bool,
    /// Whether what is awaited is a `Call`, which any thread can poll.
    pub(super) is_call: bool,
    pub(super) kind: Kind,
}

/// What becomes of the value.
#[derive(PartialEq)]
pub(super) enum Kind {
    /// The builder itself.
    Setter,
    /// A reference to what has a twin.
    Lends(String),
    /// What has a twin.
    Twin,
    /// The same, or an error.
    ResultOfTwin,
    /// Anything else, as it is.
    Plain,
}

impl Shape {
    pub(super) fn of(signature: &Signature) -> Result<Self, String> {
        let mut inputs = signature.inputs.iter();
        let Some(FnArg::Receiver(receiver)) = inputs.next() else {
            return Err(
                "has no receiver: write its twin by hand, and list it in BY_HAND".to_owned()
            );
        };
        let mut shape = Self {
            receiver: receiver.to_token_stream().to_string(),
            arguments: Vec::new(),
            passed: Vec::new(),
            output: signature.output.to_token_stream().to_string(),
            waits: signature.asyncness.is_some(),
            is_call: false,
            kind: Kind::Plain,
        };
        for input in inputs {
            let FnArg::Typed(input) = input else { continue };
            let Pat::Ident(name) = &*input.pat else {
                return Err("has an argument without a name".to_owned());
            };
            let (name, of) = (&name.ident, input.ty.to_token_stream());
            shape.arguments.push(format!("{name}: {of}"));
            shape.passed.push(name.to_string());
        }
        if let ReturnType::Type(_, output) = &signature.output {
            shape.returns(output)?;
        }
        if receiver.reference.is_none() {
            let is_setter = shape.kind == Kind::Setter;
            shape.receiver = if is_setter { "mut self" } else { "self" }.to_owned();
        }
        Ok(shape)
    }

    /// What a stream's `next` gives.
    pub(super) fn item(next: &Signature) -> Result<String, String> {
        let ReturnType::Type(_, output) = &next.output else {
            return Err("next gives nothing".to_owned());
        };
        let item = argument_of(output, "Option").ok_or("next gives no Option")?;
        Ok(item.to_token_stream().to_string())
    }

    fn returns(&mut self, output: &Type) -> Result<(), String> {
        let mut value = output;
        if let Some(called) = argument_of(output, "Call") {
            (self.waits, self.is_call) = (true, true);
            self.output = format!("-> Result<{}>", called.to_token_stream());
            value = called;
        }
        let twin = twin_of(value);
        self.kind = match (twin, argument_of(value, "Result").and_then(twin_of), value) {
            (Some(_), ..) => Kind::Twin,
            (_, Some(_), _) if !self.waits => Kind::ResultOfTwin,
            (.., Type::Reference(lent)) => match twin_of(&lent.elem) {
                Some(name) => Kind::Lends(name),
                None => Kind::Plain,
            },
            (.., Type::Path(path)) if path.path.is_ident("Self") => Kind::Setter,
            _ => Kind::Plain,
        };
        let named = super::source::identifiers(value.to_token_stream());
        if self.kind == Kind::Plain && named.iter().any(|name| is_twin(name)) {
            let shown = value.to_token_stream();
            return Err(format!(
                "gives {shown}: what its twin gives is not known, write it by hand"
            ));
        }
        Ok(())
    }
}

/// The twin's name, if the type has one. The protocol has types of the same names.
fn twin_of(of: &Type) -> Option<String> {
    let Type::Path(path) = of else { return None };
    if path.path.segments.first()?.ident == "codex_protocol" {
        return None;
    }
    let name = path.path.segments.last()?.ident.to_string();
    is_twin(&name).then_some(name)
}

/// The `T` of `Wrapper<T>`.
fn argument_of<'a>(of: &'a Type, wrapper: &str) -> Option<&'a Type> {
    let Type::Path(path) = of else { return None };
    let last = path.path.segments.last()?;
    let PathArguments::AngleBracketed(arguments) = &last.arguments else { return None };
    match arguments.args.first()? {
        GenericArgument::Type(first) if last.ident == wrapper => Some(first),
        _ => None,
    }
}
