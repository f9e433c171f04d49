//! A command line that is certain to be one plain command.

/// The arguments of `line`, if it is one program with plain arguments, as it is or in a shell's own call.
///
/// All that a shell would do more than split words is refused, and so is what only might be: the answer decides
/// whether nobody is asked.
#[inline]
pub(super) fn argv(line: &str) -> Option<Vec<String>> {
    let outer = words(line)?;
    let argv = match outer.as_slice() {
        [shell, flag, script] if is_system_shell(shell) && matches!(&**flag, "-lc" | "-c") => {
            words(script)?
        }
        _ => outer,
    };
    let program = argv.first()?;
    // `X=1 cmd`, and what a shell would take for it.
    if program.is_empty() || program.contains('=') {
        return None;
    }
    let name = program.rsplit('/').next().unwrap_or(program);
    let runs_text = SHELLS.contains(&name)
        && argv.get(1).is_some_and(|argument| argument.starts_with(['-', '+']));
    (name != "env" && !runs_text).then_some(argv)
}

const SHELLS: [&str; 6] = ["bash", "sh", "zsh", "dash", "ksh", "fish"];

/// Whether it is a shell that speaks the language read here, of a name or in a place where no project puts its own.
fn is_system_shell(program: &str) -> bool {
    let name = ["/bin/", "/usr/bin/", "/usr/local/bin/", "/opt/homebrew/bin/"]
        .iter()
        .find_map(|folder| program.strip_prefix(folder))
        .unwrap_or(program);
    matches!(name, "bash" | "sh" | "zsh")
}

/// The words of `line`, if it has nothing but plain ones: no other blank than the space, no escape, nothing to expand.
#[inline]
fn words(line: &str) -> Option<Vec<String>> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut characters = line.chars();
    while let Some(character) = characters.next() {
        match character {
            ' ' => words.extend(word.take()),
            '\'' | '"' => {
                let word = word.get_or_insert_with(String::new);
                loop {
                    match characters.next()? {
                        end if end == character => break,
                        inner if is_plain_in(character, inner) => word.push(inner),
                        _ => return None,
                    }
                }
            }
            // At the beginning of a word, zsh puts the place of a program there.
            '=' if word.is_none() => return None,
            _ if is_bare(character) => word.get_or_insert_with(String::new).push(character),
            _ => return None,
        }
    }
    words.extend(word);
    Some(words)
}

/// Whether a character stands for itself outside quotes, in every shell.
fn is_bare(character: char) -> bool {
    character.is_ascii_alphanumeric() || "_-./:@%+,=".contains(character)
}

/// Whether a character stands for itself between these quotes.
fn is_plain_in(quote: char, character: char) -> bool {
    let visible = character == ' ' || character.is_ascii_graphic();
    visible && (quote == '\'' || !"$`\\!".contains(character))
}

#[cfg(test)]
mod tests {
    use super::argv;

    #[test]
    fn a_plain_command_is_split_into_its_arguments() {
        for (line, expected) in [
            ("cargo test", &["cargo", "test"][..]),
            ("  cargo   test ", &["cargo", "test"]),
            ("/bin/bash -lc 'cargo test'", &["cargo", "test"]),
            ("/bin/sh -c 'cargo test'", &["cargo", "test"]),
            ("bash -lc \"cargo test\"", &["cargo", "test"]),
            ("/usr/bin/zsh -lc 'cargo test -p a_b-c'", &["cargo", "test", "-p", "a_b-c"]),
            ("/bin/bash -lc cargo", &["cargo"]),
            ("/bin/bash -lc \"grep 'a; b | c' x.txt\"", &["grep", "a; b | c", "x.txt"]),
            ("cargo test --jobs=2", &["cargo", "test", "--jobs=2"]),
            ("cargo test ''", &["cargo", "test", ""]),
            ("'cargo' te'st'\"s\"", &["cargo", "tests"]),
            ("grep 'a|b*$c`~' x", &["grep", "a|b*$c`~", "x"]),
            ("grep \"it's\" x", &["grep", "it's", "x"]),
            ("bash scripts/check.sh", &["bash", "scripts/check.sh"]),
        ] {
            let found = argv(line).unwrap_or_else(|| panic!("refused: {line}"));
            assert_eq!(found, expected, "{line}");
        }
    }

    /// What a shell makes more of than `cargo test` and arguments, or what might be taken for it.
    const SLIPS: [&str; 62] = [
        "",
        " ",
        "''",
        "cargo test; rm x",
        "cargo test;rm x",
        "cargo test && rm x",
        "cargo test || rm x",
        "cargo test | sh",
        "cargo test |& sh",
        "cargo test & rm x",
        "cargo test &",
        "cargo test $(rm x)",
        "cargo test \"$(rm x)\"",
        "cargo test `rm x`",
        "cargo test \"`rm x`\"",
        "cargo test <(rm x)",
        "cargo test > x",
        "cargo test >x",
        "cargo test 2>&1",
        "cargo test >> x",
        "cargo test < x",
        "cargo test << E",
        "cargo test <<< x",
        "cargo test &> x",
        "env X=1 cargo test",
        "env cargo test",
        "/usr/bin/env cargo test",
        "'env' cargo test",
        "X=1 cargo test",
        "X='1' cargo test",
        "X= cargo test",
        "PATH=. cargo test",
        "cargo test\nrm x",
        "cargo test\r\nrm x",
        "cargo test '\n'",
        "cargo\ttest",
        "cargo\u{a0}test",
        "cargo\u{2003}test",
        "cargo test '\u{202e}'",
        "cargo test\0",
        "cargo test *",
        "cargo test ?",
        "cargo test [a]",
        "cargo test {a,b}",
        "cargo test ~",
        "~/cargo test",
        "=cargo test",
        "cargo test =x",
        "cargo test $X",
        "cargo test ${X}",
        "cargo test \"$X\"",
        "cargo test $'a'",
        "cargo test \"a\\\"b\"",
        "cargo test a\\ b",
        "cargo test \\\nrm",
        "cargo test # x",
        "cargo test !x",
        "cargo test 'x",
        "cargo test \"x",
        "cargo test '\"",
        "(cargo test)",
        "{ cargo test; }",
    ];

    #[test]
    fn what_is_more_than_one_plain_command_is_refused() {
        for line in SLIPS {
            assert_eq!(argv(line), None, "{line:?}");
        }
    }

    #[test]
    fn a_shell_s_call_hides_nothing() {
        for slip in SLIPS {
            // As the server writes it, and in quotes of the other kind.
            for quote in ['\'', '"'] {
                let line = format!("/bin/bash -lc {quote}{slip}{quote}");
                let cargo = argv(&line).is_some_and(|argv| argv.starts_with(&["cargo".into()]));
                // Quotes in quotes end them, so that a few of these are plain words of another call.
                assert!(!cargo, "{line:?}");
            }
        }
        for line in [
            "/bin/bash -lc 'cargo test' rm",
            "/bin/bash -lc cargo test",
            "/bin/bash -x -c 'cargo test'",
            "/bin/bash -l -c 'cargo test'",
            "/bin/bash --rcfile x -c 'cargo test'",
            "/bin/bash +x -c 'cargo test'",
            "./bash -lc 'cargo test'",
            "/tmp/bash -lc 'cargo test'",
            "/bin/../tmp/bash -lc 'cargo test'",
            "/bin/fish -c 'cargo test'",
            "/bin/bash -lc \"bash -c 'cargo test'\"",
            "/bin/bash -lc \"env bash -c 'cargo test'\"",
            "/bin/bash -lc ''",
            "/bin/bash -lc",
        ] {
            assert_eq!(argv(line), None, "{line:?}");
        }
    }
}
