//! Which reply a request gets. Pure: knows neither HTTP nor time.

use std::collections::VecDeque;

use super::{ModelRequest, Reply};

/// The replies that are left, and the requests that found none.
#[derive(Debug, Default)]
pub(super) struct Script {
    queue: VecDeque<Reply>,
    rules: Vec<(String, VecDeque<Reply>)>,
    unanswered: Vec<String>,
}

impl Script {
    /// Adds a reply for the requests that no rule fits.
    pub(super) fn push(&mut self, reply: Reply) {
        self.queue.push_back(reply);
    }

    /// Adds a reply for the requests whose last user text contains `needle`.
    pub(super) fn push_on(&mut self, needle: &str, reply: Reply) {
        if !self.rules.iter().any(|(known, _)| known == needle) {
            self.rules.push((needle.to_owned(), VecDeque::new()));
        }
        let rule = self.rules.iter_mut().find(|(known, _)| known == needle);
        rule.expect("it was added if missing").1.push_back(reply);
    }

    /// The reply to `request`, the `number`th one; or what to say because there is none.
    pub(super) fn take(&mut self, number: usize, request: &ModelRequest) -> Result<Reply, String> {
        let asked = request.last_user_text();
        let rule = self.rules.iter_mut().find(|(needle, _)| asked.contains(needle.as_str()));
        let (place, queue) = match rule {
            Some((needle, queue)) => (format!("for user texts with {needle:?}"), queue),
            None => ("in the queue".to_owned(), &mut self.queue),
        };
        if let Some(reply) = next(queue) {
            return Ok(reply);
        }
        let outputs = match request.tool_outputs().len() {
            0 => String::new(),
            count => format!(" and {count} tool outputs"),
        };
        Err(self.unanswered(format!(
            "script exhausted: no reply {place} is left for request {number}, \
             with user text {asked:?}{outputs}"
        )))
    }

    /// Keeps a complaint for [`check`](Self::check) and hands it back.
    pub(super) fn unanswered(&mut self, complaint: String) -> String {
        self.unanswered.push(complaint.clone());
        complaint
    }

    /// Fails if a request found no reply or a reply found no request.
    pub(super) fn check(&self) -> Result<(), String> {
        let mut complaints = self.unanswered.clone();
        let rules = self.rules.iter().map(|(needle, queue)| (format!(" for {needle:?}"), queue));
        for (place, queue) in rules.chain([(String::new(), &self.queue)]) {
            // A reply without end need not be used.
            match queue.iter().filter(|reply| reply.left.is_some_and(|left| left > 0)).count() {
                0 => {}
                1 => complaints.push(format!("1 reply{place} was not asked for")),
                count => complaints.push(format!("{count} replies{place} were not asked for")),
            }
        }
        if complaints.is_empty() { Ok(()) } else { Err(complaints.join("; ")) }
    }
}

fn next(queue: &mut VecDeque<Reply>) -> Option<Reply> {
    while let Some(front) = queue.front_mut() {
        match &mut front.left {
            None => return Some(front.clone()),
            Some(left @ 2..) => {
                *left -= 1;
                return Some(front.clone());
            }
            Some(1) => return queue.pop_front(),
            Some(_) => drop(queue.pop_front()),
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderMap;
    use serde_json::json;

    use super::super::reply::End;
    use super::*;

    fn asked(text: &str) -> ModelRequest {
        let content = json!([{ "type": "input_text", "text": text }]);
        let body = json!({ "input": [{ "role": "user", "content": content }] });
        ModelRequest::new(HeaderMap::new(), body)
    }

    /// The HTTP status stands for the reply.
    fn answers(script: &mut Script, texts: &[&str]) -> Vec<Result<u16, String>> {
        let mut answers = Vec::new();
        for (index, text) in texts.iter().enumerate() {
            answers.push(script.take(index + 1, &asked(text)).map(|reply| match reply.end {
                End::Http { status, .. } => status,
                other => panic!("not one of these replies: {other:?}"),
            }));
        }
        answers
    }

    fn reply(status: u16) -> Reply {
        Reply::http_error(status, "")
    }

    #[test]
    fn the_queue_answers_in_order_and_ends() {
        let mut script = Script::default();
        for next in [reply(401), reply(402).times(2), reply(403).times(0), reply(404)] {
            script.push(next);
        }
        let exhausted = "script exhausted: no reply in the queue is left for request 5, \
                         with user text \"more\"";
        assert_eq!(
            answers(&mut script, &["a", "b", "c", "d", "more"]),
            [Ok(401), Ok(402), Ok(402), Ok(404), Err(exhausted.to_owned())]
        );
        assert_eq!(script.check(), Err(exhausted.to_owned()));
    }

    #[test]
    fn a_rule_answers_only_what_contains_its_text() {
        let mut script = Script::default();
        script.push_on("alpha", reply(401));
        script.push_on("beta", reply(402));
        script.push_on("alpha", reply(403));
        script.push(reply(404).always());
        let exhausted = "script exhausted: no reply for user texts with \"alpha\" is left for \
                         request 6, with user text \"alpha!\"";
        assert_eq!(
            answers(&mut script, &["say beta", "alpha 1", "other", "alpha 2", "other", "alpha!"]),
            [Ok(402), Ok(401), Ok(404), Ok(403), Ok(404), Err(exhausted.to_owned())]
        );
    }

    #[test]
    fn unused_replies_are_told_apart_from_endless_ones() {
        let mut script = Script::default();
        script.push(reply(400).always());
        assert_eq!(script.check(), Ok(()));
        script.push_on("alpha", reply(401));
        script.push_on("alpha", reply(402));
        script.push_on("beta", reply(403));
        let complaints = "2 replies for \"alpha\" were not asked for; \
                          1 reply for \"beta\" was not asked for";
        assert_eq!(script.check(), Err(complaints.to_owned()));
    }
}
