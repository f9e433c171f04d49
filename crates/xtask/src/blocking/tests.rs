//! Small sources of an async client, and what their twins are.

use super::emit;
use super::source::Source;

/// The twin of a type of [`TWINS`](super::TWINS), from the text of the file that declares it.
fn twin(name: &str, text: &str) -> Result<String, String> {
    let mut source = Source::default();
    source.read_text("thread", text).unwrap();
    emit::twin(&source, name).map_err(|error| error.to_string())
}

fn thread(methods: &str) -> Result<String, String> {
    let text = format!(
        "/// One conversation.\n#[derive(Clone)]\npub struct Thread {{}}\nimpl Thread {{ {methods} }}"
    );
    twin("Thread", &text)
}

#[track_caller]
fn assert_has(text: &str, parts: &[&str]) {
    // Before `rustfmt`, blanks are anywhere.
    let dense = |text: &str| text.split_whitespace().collect::<String>();
    for part in parts {
        assert!(dense(text).contains(&dense(part)), "{part:?} is not in\n{text}");
    }
}

#[test]
fn what_is_awaited_is_waited_for() {
    let text = thread(
        "/// Names it.\n///\n/// # Errors\n/// Many.\n///\n/// # Cancel safety\n/// None.\n\
         pub fn set_name(&self, name: impl Into<String>) -> Call<()> {}\n\
         /// Ends it.\npub async fn end(self) -> Result<u8> {}",
    );
    assert_has(
        &text.unwrap(),
        &[
            "/// Names it.\n///\n/// # Errors\n/// Many.\n///\n/// # Panics",
            "pub fn set_name(&self, name: impl Into<String>) -> Result<()> { \
             self.engine.wait(\"Thread\", self.inner.set_name(name)) }",
            "pub fn end(self) -> Result<u8> { self.engine.wait(\"Thread\", self.inner.end()) }",
        ],
    );
}

#[test]
fn what_has_a_twin_is_given_as_one() {
    let text = thread(
        "/// A turn.\npub fn turn(&self, input: &str) -> TurnStart {}\n\
         /// The client.\npub fn codex(&self) -> &Codex {}\n\
         /// The stream.\npub fn stream(&self) -> Result<TurnStream> {}\n\
         /// The protocol's own.\npub fn read(&self) -> Call<codex_protocol::Thread> {}",
    );
    assert_has(
        &text.unwrap(),
        &[
            "self.inner.turn(input).into_blocking(&self.engine)",
            "codex: Codex,",
            "pub fn codex(&self) -> &Codex { &self.codex }",
            "self.inner.stream().map(|it| it.into_blocking(&self.engine))",
            "Result<codex_protocol::Thread> { self.engine.wait(\"Thread\", self.inner.read()) }",
        ],
    );
}

#[test]
fn a_stream_is_an_iterator() {
    let text = twin(
        "Events",
        "/// Events.\npub struct Events {}\nimpl Events {\n/// The next.\n\
         pub async fn next(&mut self) -> Option<Result<Event>> {} }",
    );
    assert_has(
        &text.unwrap(),
        &[
            "impl Iterator for Events { type Item = Result<Event>;",
            "impl FusedIterator for Events {}",
        ],
    );
}

#[test]
fn what_is_private_or_written_by_hand_is_left_out() {
    let text = thread("pub(crate) fn inner_part(&self) {}\nfn other(&self) {}").unwrap();
    assert!(!text.contains("inner_part") && !text.contains("other"), "{text}");
    let codex = "/// A client.\npub struct Codex {}\nimpl Codex {\n/// Ends.\npub async fn close(&self) {} }";
    assert!(!twin("Codex", codex).unwrap().contains("close"));
}

#[test]
fn what_cannot_be_derived_is_refused_with_its_place() {
    let table = [
        ("/// New.\npub async fn open() -> Result<Self> {}", "Thread::open has no receiver"),
        ("/// Turns.\npub fn turns(&self) -> Vec<Turn> {}", "Thread::turns gives Vec < Turn >"),
        ("/// Awaits.\npub fn id(&self) -> u8 {}", "`await` has no place in the blocking client"),
    ];
    for (method, problem) in table {
        let error = thread(method).unwrap_err();
        assert!(error.contains(problem), "{error}");
    }
    assert!(twin("Turn", "").unwrap_err().contains("no public struct Turn"));
}

#[test]
fn links_lead_to_twins_and_async_examples_are_left_out() {
    let text = thread(
        "/// As [`Turn::run`](crate::Turn::run), or [`Error::Rpc`].\n///\n/// ```\n/// x.await;\n/// ```\npub fn id(&self) -> u8 {}",
    );
    assert_has(
        &text.unwrap(),
        &[
            "/// As [`Turn::run`](crate::blocking::Turn::run), or [`Error::Rpc`](crate::Error::Rpc).\npub fn id",
        ],
    );
}
