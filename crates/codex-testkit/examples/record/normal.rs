//! What is the same in every run and on every machine.

use codex_testkit::CodexHome;
use serde_json::Value;

use crate::ordered::Json;
use crate::recording::Frame;

/// When everything happens, in seconds since 1970.
pub(crate) const SECONDS: i64 = 1_700_000_000;

/// The model's context window, which the server counts as used when the model says it is full.
const WINDOW: i64 = 258_400;

/// What an estimate of the server's comes to, in tokens.
const ESTIMATE: i64 = 300;

/// Longest text of the server's own that is kept as it is, in bytes.
const PROSE: usize = 80;

/// Replaces what belongs to one run: paths, ids, times, names of the machine.
pub(crate) struct Normal {
    /// What stands for each path, longest path first.
    paths: Vec<(String, &'static str)>,
    /// The ids so far; the place of each is its number.
    ids: Vec<String>,
    /// How a path in a diff goes on after a way to the home that depends on the repository around it.
    in_diff: String,
}

impl Normal {
    pub(crate) fn new(home: &CodexHome) -> Self {
        let root = home.path().parent().map(|root| root.to_path_buf()).unwrap_or_default();
        let name = root.file_name().unwrap_or_default().to_owned();
        let paths = [
            (home.path(), "/home/user/.codex"),
            (home.work_dir(), "/project"),
            (root, "/home/user"),
        ];
        let paths = paths.map(|(path, name)| (path.to_string_lossy().into_owned(), name));
        let in_diff = format!("{}/work/", name.to_string_lossy());
        Self { paths: paths.into(), ids: Vec::new(), in_diff }
    }

    pub(crate) fn frames(mut self, mut frames: Vec<Frame>) -> Vec<Frame> {
        for frame in &mut frames {
            self.json("", &mut frame.kept);
        }
        frames
    }

    fn json(&mut self, name: &str, json: &mut Json) {
        match json {
            Json::Object(members) => {
                if is_estimate(members) {
                    set(members, "totalTokens", ESTIMATE);
                }
                for (name, member) in members {
                    self.json(name, member);
                }
            }
            Json::Array(elements) => {
                for element in elements {
                    self.json(name, element);
                }
            }
            Json::Plain(Value::String(text)) => *text = self.string(name, text),
            Json::Plain(number @ Value::Number(_)) => {
                if let Some(constant) = constant(name) {
                    *number = constant.into();
                }
            }
            Json::Plain(_) => {}
        }
    }

    fn string(&mut self, name: &str, text: &str) -> String {
        match name {
            // The name and the version of the server are facts, the rest is the machine.
            "userAgent" => {
                return format!("{} (linux)", text.split(' ').next().unwrap_or_default());
            }
            "installationId" => return "installation".into(),
            "serverName" => return "server".into(),
            "platformFamily" => return "unix".into(),
            "platformOs" => return "linux".into(),
            "processId" => return "1".into(),
            "message" | "additionalDetails" | "summary" | "details" if text.len() > PROSE => {
                return format!("({name} of the server)");
            }
            _ => {}
        }
        if name == "diff" {
            let lines = text.split('\n').map(|line| self.diff_line(line));
            return lines.collect::<Vec<_>>().join("\n");
        }
        let mut text = text.to_owned();
        for (path, name) in &self.paths {
            text = text.replace(path, name);
        }
        for shell in ["/usr/bin/bash", "/bin/bash", "/usr/bin/zsh", "/bin/zsh"] {
            text = text.replace(&format!("{shell} -lc "), "/bin/sh -lc ");
        }
        self.scan(&text)
    }

    /// Shortens the paths of a diff's header to `a/file` and `b/file`.
    fn diff_line(&self, line: &str) -> String {
        let short = |word: &str| match word.split_once(&self.in_diff) {
            Some((before, file)) => format!("{}/{file}", before.get(..1).unwrap_or_default()),
            None => word.to_owned(),
        };
        line.split(' ').map(short).collect::<Vec<_>>().join(" ")
    }

    /// Replaces what is known by its form: uuids, dates, ports, serial numbers of models.
    fn scan(&mut self, text: &str) -> String {
        let mut out = String::new();
        let mut rest = text;
        while let Some(next) = rest.chars().next() {
            let fresh = !out.ends_with(|last: char| last.is_ascii_alphanumeric());
            let forms = [
                ("hhhhhhhh-hhhh-hhhh-hhhh-hhhhhhhhhhhh", ""),
                ("dddd-dd-ddTdd-dd-dd", "2023-11-14T22-13-20"),
                ("dddd/dd/dd/", "2023/11/14/"),
            ];
            let found = forms.iter().find(|(form, _)| fresh && fits(form, rest));
            if let Some((form, constant)) = found {
                let (this, after) = rest.split_at(form.len());
                if constant.is_empty() {
                    out.push_str(&self.id(this));
                } else {
                    out.push_str(constant);
                }
                rest = after;
            } else if let Some(after) = rest.strip_prefix("127.0.0.1:") {
                out.push_str("127.0.0.1:1");
                rest = after.trim_start_matches(|c: char| c.is_ascii_digit());
            } else if let Some((prefix, after)) = fresh.then(|| model_id(rest)).flatten() {
                out.push_str(prefix);
                out.push('1');
                rest = after;
            } else {
                out.push(next);
                rest = &rest[next.len_utf8()..];
            }
        }
        out
    }

    /// A uuid as it is in every run: numbered by first appearance.
    fn id(&mut self, id: &str) -> String {
        let known = self.ids.iter().position(|known| known == id);
        let number = known.unwrap_or_else(|| {
            self.ids.push(id.to_owned());
            self.ids.len() - 1
        });
        format!("00000000-0000-7000-8000-{:012}", number + 1)
    }
}

/// The same number for every time of one unit, so that a reader can still tell the units apart.
fn constant(name: &str) -> Option<i64> {
    if name.ends_with("AtMs") {
        Some(SECONDS * 1000)
    } else if name.ends_with("At") {
        Some(SECONDS)
    } else if name == "durationMs" {
        Some(1)
    } else {
        None
    }
}

/// Whether the server counted these tokens by itself: a total of none that the model was asked for.
///
/// After it compacts, it takes the length of what is left, and that holds the paths of the machine.
fn is_estimate(usage: &[(String, Json)]) -> bool {
    let is = |name: &str, fits: fn(&Value) -> bool| {
        usage
            .iter()
            .any(|(known, count)| known == name && matches!(count, Json::Plain(it) if fits(it)))
    };
    let zero = |count: &Value| *count == 0;
    is("totalTokens", |count| *count != 0 && *count != WINDOW)
        && is("inputTokens", zero)
        && is("outputTokens", zero)
}

fn set(members: &mut [(String, Json)], name: &str, number: i64) {
    for (_, member) in members.iter_mut().filter(|(known, _)| known == name) {
        *member = Json::Plain(number.into());
    }
}

/// Whether a text begins with this form: `h` is a hexadecimal digit, `d` a decimal one.
fn fits(form: &str, text: &str) -> bool {
    let text = text.as_bytes();
    form.len() <= text.len()
        && form.bytes().zip(text).all(|(form, byte)| match form {
            b'h' => byte.is_ascii_hexdigit(),
            b'd' => byte.is_ascii_digit(),
            other => other == *byte,
        })
}

/// Takes an id of the scripted model apart: what stands before its serial number, and after it.
fn model_id(text: &str) -> Option<(&str, &str)> {
    let prefixes = ["call_item_", "call_", "msg_", "resp_", "rs_", "ws_"];
    let prefix = prefixes.into_iter().find(|prefix| text.starts_with(prefix))?;
    let (prefix, rest) = text.split_at(prefix.len());
    let after = rest.trim_start_matches(|c: char| c.is_ascii_digit());
    (after.len() < rest.len() && after.starts_with('_')).then_some((prefix, after))
}
