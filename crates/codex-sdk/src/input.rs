//! What a turn is asked.

use codex_protocol::{
    ImageUserInput, LocalImageUserInput, MentionUserInput, SkillUserInput, TextUserInput, UserInput,
};

/// What a turn is asked: one or more pieces.
///
/// Made from `&str`, `String`, the input types of this module, tuples of them, or [`InputItem`]s.
#[derive(Debug, Clone, PartialEq)]
pub struct Input(Vec<InputItem>);

/// One piece of input, as it goes on the wire.
pub type InputItem = UserInput;

/// Text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TextInput(String);

/// An image by URL. The server takes `data:` URLs; it refuses `http:` and `https:`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImageInput(String);

/// An image in a file that the server can read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LocalImageInput(String);

/// A skill, by name and by the path of its file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SkillInput {
    name: String,
    path: String,
}

/// Something mentioned, such as a file or an app, by name and path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MentionInput {
    name: String,
    path: String,
}

impl TextInput {
    /// This text.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }
}

impl ImageInput {
    /// The image at this `data:` URL.
    pub fn new(url: impl Into<String>) -> Self {
        Self(url.into())
    }
}

impl LocalImageInput {
    /// The image in this file. The server resolves a relative path; the model is told of a missing file in words.
    pub fn new(path: impl Into<String>) -> Self {
        Self(path.into())
    }
}

impl SkillInput {
    /// The skill `name`, described in the file at `path`.
    pub fn new(name: impl Into<String>, path: impl Into<String>) -> Self {
        Self { name: name.into(), path: path.into() }
    }
}

impl MentionInput {
    /// A mention of `name`, found at `path`.
    pub fn new(name: impl Into<String>, path: impl Into<String>) -> Self {
        Self { name: name.into(), path: path.into() }
    }
}

impl From<TextInput> for InputItem {
    fn from(input: TextInput) -> Self {
        UserInput::Text(TextUserInput::new(input.0))
    }
}

impl From<ImageInput> for InputItem {
    fn from(input: ImageInput) -> Self {
        UserInput::Image(ImageUserInput::new().url(input.0))
    }
}

impl From<LocalImageInput> for InputItem {
    fn from(input: LocalImageInput) -> Self {
        UserInput::LocalImage(LocalImageUserInput::new(input.0))
    }
}

impl From<SkillInput> for InputItem {
    fn from(input: SkillInput) -> Self {
        UserInput::Skill(SkillUserInput::new(input.name, input.path))
    }
}

impl From<MentionInput> for InputItem {
    fn from(input: MentionInput) -> Self {
        UserInput::Mention(MentionUserInput::new(input.name, input.path))
    }
}

impl From<Input> for Vec<InputItem> {
    fn from(input: Input) -> Self {
        input.0
    }
}

impl From<&str> for Input {
    fn from(text: &str) -> Self {
        TextInput::new(text).into()
    }
}

impl From<String> for Input {
    fn from(text: String) -> Self {
        TextInput::new(text).into()
    }
}

impl From<&String> for Input {
    fn from(text: &String) -> Self {
        TextInput::new(text).into()
    }
}

impl From<Vec<InputItem>> for Input {
    fn from(items: Vec<InputItem>) -> Self {
        Self(items)
    }
}

impl<const N: usize> From<[InputItem; N]> for Input {
    fn from(items: [InputItem; N]) -> Self {
        Self(items.into())
    }
}

/// One conversion for each type of piece: a blanket one would collide with those of `&str` and `String`.
macro_rules! single_piece {
    ($($piece:ty),*) => {$(
        impl From<$piece> for Input {
            fn from(piece: $piece) -> Self {
                Self(vec![piece.into()])
            }
        }
    )*};
}

single_piece!(InputItem, TextInput, ImageInput, LocalImageInput, SkillInput, MentionInput);

macro_rules! tuple_of_pieces {
    ($($piece:ident),*) => {
        impl<$($piece: Into<Input>),*> From<($($piece,)*)> for Input {
            #[allow(non_snake_case, reason = "the type parameters name the values too")]
            fn from(($($piece,)*): ($($piece,)*)) -> Self {
                let mut items = Vec::new();
                $(items.extend(Vec::from($piece.into()));)*
                Self(items)
            }
        }
    };
}

tuple_of_pieces!(A, B);
tuple_of_pieces!(A, B, C);
tuple_of_pieces!(A, B, C, D);
tuple_of_pieces!(A, B, C, D, E);
tuple_of_pieces!(A, B, C, D, E, F);

#[cfg(test)]
mod tests {
    use super::{
        ImageInput, Input, InputItem, LocalImageInput, MentionInput, SkillInput, TextInput,
    };
    use serde_json::{Value, json};

    fn wire(input: impl Into<Input>) -> Value {
        serde_json::to_value(Vec::<InputItem>::from(input.into())).unwrap()
    }

    #[test]
    fn every_form_of_input_goes_on_the_wire() {
        let text = json!({ "type": "text", "text": "hi", "text_elements": [] });
        assert_eq!(wire("hi"), json!([text]));
        assert_eq!(wire("hi".to_owned()), json!([text]));
        assert_eq!(wire(TextInput::new("hi")), json!([text]));
        assert_eq!(wire([TextInput::new("hi").into()]), json!([text]));
        assert_eq!(wire(vec![TextInput::new("hi").into()]), json!([text]));
        assert_eq!(
            wire((
                "hi",
                ImageInput::new("data:image/png;base64,AA=="),
                LocalImageInput::new("/a.png"),
                SkillInput::new("s", "/s/SKILL.md"),
                MentionInput::new("m", "app://m"),
            )),
            json!([
                text,
                { "type": "image", "url": "data:image/png;base64,AA==" },
                { "type": "localImage", "path": "/a.png" },
                { "type": "skill", "name": "s", "path": "/s/SKILL.md" },
                { "type": "mention", "name": "m", "path": "app://m" },
            ])
        );
    }
}
