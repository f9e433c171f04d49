//! The examples in which types and closures of the program's own take part.

use crate::demo::demo;

#[test]
fn structured_output() {
    assert_eq!(
        demo("16_structured_output"),
        "Porridge, 10 minutes
- 50 g oats
- salt
tokens: 120
no recipe, but: I would rather not.
"
    );
}

#[test]
fn tools() {
    for example in ["17_tools", "17_tools_blocking"] {
        let output = demo(example);
        let mut lines: Vec<_> = output.lines().collect();
        // They run side by side, and which of them ends first differs from run to run.
        lines[..2].sort_unstable();
        assert_eq!(
            lines,
            [
                "order \"apple\": completed",
                "order \"unicorn\": failed",
                "Three apples are ordered. There are no unicorns.",
                "{\"apple\": 7}",
            ],
            "{example}"
        );
    }
}
