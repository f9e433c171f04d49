use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

/// The members of a JSON object, as they stand in its text.
pub(crate) struct Members<'a>(Vec<(String, &'a RawValue)>);

impl<'a> Members<'a> {
    pub(crate) fn of(text: &'a str) -> serde_json::Result<Self> {
        serde_json::from_str(text)
    }

    /// The JSON of a member; of the last, if several have the name.
    pub(crate) fn get(&self, name: &str) -> Option<&'a str> {
        let mut from_last = self.0.iter().rev();
        from_last.find(|(other, _)| other == name).map(|(_, json)| json.get())
    }

    /// The text of a member that is a string.
    pub(crate) fn text(&self, name: &str) -> Option<String> {
        serde_json::from_str(self.get(name)?).ok()
    }
}

impl<'de> Deserialize<'de> for Members<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(MembersVisitor)
    }
}

struct MembersVisitor;

impl<'de> Visitor<'de> for MembersVisitor {
    type Value = Members<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Members<'de>, A::Error> {
        let mut members = Vec::new();
        while let Some(member) = map.next_entry()? {
            members.push(member);
        }
        Ok(Members(members))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_are_as_they_stand_in_the_text() {
        let text = r#"{ "n" : 1.50 ,"\u0073":"\u00e9","n":[ 1 ],"o":{} }"#;
        let members = Members::of(text).unwrap();
        assert_eq!(members.get("n"), Some("[ 1 ]"));
        assert_eq!(members.get("s"), Some(r#""\u00e9""#));
        assert_eq!(members.text("s").as_deref(), Some("é"));
        assert_eq!((members.text("o"), members.get("none")), (None, None));
        assert!(Members::of("[1]").is_err());
    }
}
