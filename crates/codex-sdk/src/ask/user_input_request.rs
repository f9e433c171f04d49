//! Questions to the user.

use super::{InvalidAnswer, ask};
use codex_protocol::{
    ToolRequestUserInputAnswer, ToolRequestUserInputParams, ToolRequestUserInputQuestion,
    ToolRequestUserInputResponse,
};
use std::collections::BTreeMap;

ask! {
    /// The model asks the user questions (`item/tool/requestUserInput`).
    pub struct UserInputRequest(ToolRequestUserInputParams);
}

impl UserInputRequest {
    /// The questions.
    pub fn questions(&self) -> &[ToolRequestUserInputQuestion] {
        &self.params.questions
    }

    /// Answers every question, by its id. Gives whether the answers were still wanted.
    ///
    /// A question with options takes their labels; where `is_other` is set it takes any text besides.
    ///
    /// # Errors
    /// [`InvalidAnswer`] with the request in it, if a question has no answer, an answer has no question, or an answer
    /// is none of its question's options. Nothing was sent then.
    pub fn answer<Q, A>(
        self,
        answers: impl IntoIterator<Item = (Q, A)>,
    ) -> Result<bool, InvalidAnswer<Self>>
    where
        Q: Into<String>,
        A: Into<String>,
    {
        let answers = answers.into_iter().map(|(question, answer)| (question, [answer]));
        self.answer_each(answers)
    }

    /// Answers every question with one answer or more, by its id. Gives whether the answers were still wanted.
    ///
    /// # Errors
    /// As for [`answer`](Self::answer).
    pub fn answer_each<Q, A, I>(
        self,
        answers: impl IntoIterator<Item = (Q, I)>,
    ) -> Result<bool, InvalidAnswer<Self>>
    where
        Q: Into<String>,
        A: Into<String>,
        I: IntoIterator<Item = A>,
    {
        let mut given: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for (question, texts) in answers {
            given.entry(question.into()).or_default().extend(texts.into_iter().map(Into::into));
        }
        let problems = check(&self.params.questions, &given);
        if !problems.is_empty() {
            return Err(InvalidAnswer::new(self, problems));
        }
        let answers = given
            .into_iter()
            .map(|(question, texts)| (question, ToolRequestUserInputAnswer::new(texts)))
            .collect::<BTreeMap<_, _>>();
        Ok(self.responder.respond(&ToolRequestUserInputResponse::new(answers)))
    }
}

/// What is wrong with the answers.
#[inline]
fn check(
    questions: &[ToolRequestUserInputQuestion],
    given: &BTreeMap<String, Vec<String>>,
) -> Vec<String> {
    let mut problems = Vec::new();
    for question in questions {
        let id = &question.id;
        let Some(texts) = given.get(id).filter(|texts| !texts.is_empty()) else {
            problems.push(format!("question {id:?} has no answer"));
            continue;
        };
        let options = question.options.as_deref().unwrap_or_default();
        let fits = |text: &String| options.iter().any(|option| option.label == *text);
        if !options.is_empty() && !question.is_other && !texts.iter().all(fits) {
            let labels: Vec<_> = options.iter().map(|option| &*option.label).collect();
            problems.push(format!("question {id:?} takes one of {}", labels.join(", ")));
        }
    }
    for id in given.keys().filter(|id| !questions.iter().any(|question| question.id == **id)) {
        problems.push(format!("there is no question {id:?}"));
    }
    problems
}

#[cfg(test)]
mod tests {
    use super::check;
    use codex_protocol::ToolRequestUserInputQuestion;
    use serde_json::json;
    use std::collections::BTreeMap;

    #[test]
    fn answers_are_held_against_their_questions() {
        let option = |label: &str| json!({ "label": label, "description": "" });
        let question = |id: &str, is_other: bool, options: serde_json::Value| json!({ "id": id, "header": "H", "question": "?", "isOther": is_other, "options": options });
        let questions = json!([
            question("free", false, json!(null)),
            question("choice", false, json!([option("a"), option("b")])),
            question("open", true, json!([option("a")])),
        ]);
        let questions: Vec<ToolRequestUserInputQuestion> =
            serde_json::from_value(questions).unwrap();
        type Answers<'a> = &'a [(&'a str, &'a [&'a str])];
        let table: [(Answers<'_>, &[&str]); 4] = [
            (&[("free", &["x"]), ("choice", &["a"]), ("open", &["z"])], &[]),
            (&[("free", &["x"]), ("choice", &["a", "b"]), ("open", &["a"])], &[]),
            (
                &[("free", &[]), ("choice", &["c"])],
                &[
                    r#"question "free" has no answer"#,
                    r#"question "choice" takes one of a, b"#,
                    r#"question "open" has no answer"#,
                ],
            ),
            (
                &[("free", &["x"]), ("choice", &["b"]), ("open", &["z"]), ("more", &["y"])],
                &[r#"there is no question "more""#],
            ),
        ];
        for (answers, expected) in table {
            let given: BTreeMap<String, Vec<String>> = answers
                .iter()
                .map(|(id, texts)| {
                    (id.to_string(), texts.iter().map(ToString::to_string).collect())
                })
                .collect();
            assert_eq!(check(&questions, &given), expected, "{answers:?}");
        }
    }
}
