//! The tools of one thread.

use super::{Tool, ToolNamespace};
use crate::error::{Error, Result};
use codex_protocol::{
    DynamicToolNamespaceTool, DynamicToolSpec, FunctionDynamicToolNamespaceTool,
    FunctionDynamicToolSpec, NamespaceDynamicToolSpec,
};
use std::collections::HashMap;

/// The tools that a thread is to be started with.
#[derive(Debug, Clone, Default)]
pub(crate) struct OfferedTools {
    tools: Vec<Tool>,
    namespaces: Vec<ToolNamespace>,
}

/// What a thread's calls are answered by: tools by their namespace and name.
#[derive(Debug, Default)]
pub(crate) struct ThreadTools {
    by_name: HashMap<(Option<String>, String), Tool>,
}

impl OfferedTools {
    pub(crate) fn add(&mut self, tools: impl IntoIterator<Item = Tool>) {
        self.tools.extend(tools);
    }

    pub(crate) fn add_namespace(&mut self, namespace: ToolNamespace) {
        self.namespaces.push(namespace);
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.tools.is_empty() && self.namespaces.is_empty()
    }

    /// What the server is told of them.
    pub(crate) fn specs(&self) -> Vec<DynamicToolSpec> {
        let tools = self.tools.iter().map(|tool| {
            let (name, description, schema) = parts(tool);
            DynamicToolSpec::Function(FunctionDynamicToolSpec::new(description, schema, name))
        });
        let namespaces = self.namespaces.iter().map(|namespace| {
            let tools: Vec<_> = namespace.tools.iter().map(inner_spec).collect();
            let (name, description) = (&*namespace.name, &*namespace.description);
            DynamicToolSpec::Namespace(NamespaceDynamicToolSpec::new(description, name, tools))
        });
        tools.chain(namespaces).collect()
    }

    /// What their calls are answered by.
    ///
    /// # Errors
    /// A name that the server would refuse, or two of the same name.
    pub(crate) fn into_thread_tools(self) -> Result<ThreadTools> {
        let mut tools = ThreadTools::default();
        for tool in self.tools {
            if tool.defer_loading {
                return Err(refused(&tool.name, "only tools in a namespace can be deferred"));
            }
            tools.insert(None, tool)?;
        }
        for namespace in self.namespaces {
            check(&namespace.name)?;
            for tool in namespace.tools {
                tools.insert(Some(&namespace.name), tool)?;
            }
        }
        Ok(tools)
    }
}

impl ThreadTools {
    pub(crate) fn is_empty(&self) -> bool {
        self.by_name.is_empty()
    }

    pub(crate) fn has(&self, namespace: Option<&str>, name: &str) -> bool {
        self.get(namespace, name).is_some()
    }

    pub(super) fn get(&self, namespace: Option<&str>, name: &str) -> Option<&Tool> {
        self.by_name.get(&(namespace.map(str::to_owned), name.to_owned()))
    }

    fn insert(&mut self, namespace: Option<&str>, tool: Tool) -> Result<()> {
        check(&tool.name)?;
        let name = tool.name.clone();
        let key = (namespace.map(str::to_owned), name.to_string());
        match self.by_name.insert(key, tool) {
            Some(_) => Err(refused(&name, "there is another of that name")),
            None => Ok(()),
        }
    }
}

fn parts(tool: &Tool) -> (&str, &str, serde_json::Value) {
    (&tool.name, &tool.description, serde_json::Value::clone(&tool.input_schema))
}

fn inner_spec(tool: &Tool) -> DynamicToolNamespaceTool {
    let (name, description, schema) = parts(tool);
    let mut spec = FunctionDynamicToolNamespaceTool::new(description, schema, name);
    spec.defer_loading = tool.defer_loading.then_some(true);
    DynamicToolNamespaceTool::Function(spec)
}

/// Whether the server takes the name.
fn check(name: &str) -> Result<()> {
    let fits = |letter: u8| letter.is_ascii_alphanumeric() || letter == b'_' || letter == b'-';
    match !name.is_empty() && name.bytes().all(fits) {
        true => Ok(()),
        false => Err(refused(name, "a name is of letters, digits, _ and -")),
    }
}

fn refused(name: &str, problem: &'static str) -> Error {
    Error::Tool { name: name.into(), problem }
}

#[cfg(test)]
mod tests {
    use super::OfferedTools;
    use crate::tool::{Tool, ToolNamespace};
    use serde_json::json;

    fn tool(name: &str) -> Tool {
        Tool::with_schema(name, "d", json!({}), |_, _| async { Ok("".into()) })
    }

    #[test]
    fn names_are_checked_before_anything_is_sent() {
        let offered =
            |tools: Vec<Tool>, namespaces: Vec<ToolNamespace>| OfferedTools { tools, namespaces };
        let space = |name: &str, tools: Vec<Tool>| ToolNamespace::new(name, "d").tools(tools);
        let problem =
            |offered: OfferedTools| offered.into_thread_tools().map(drop).unwrap_err().to_string();
        for name in ["", "a b", "a.b", "a/b", "ä", "a\n"] {
            let expected = format!(
                "the tool {name:?} cannot be offered: a name is of letters, digits, _ and -"
            );
            assert_eq!(problem(offered(vec![tool(name)], vec![])), expected);
            assert_eq!(problem(offered(vec![], vec![space(name, vec![])])), expected);
            assert_eq!(problem(offered(vec![], vec![space("s", vec![tool(name)])])), expected);
        }
        assert_eq!(
            problem(offered(vec![tool("a"), tool("a")], vec![])),
            r#"the tool "a" cannot be offered: there is another of that name"#
        );
        assert_eq!(
            problem(offered(vec![tool("a").defer_loading()], vec![])),
            r#"the tool "a" cannot be offered: only tools in a namespace can be deferred"#
        );
        let fine =
            offered(vec![tool("a-Z_9")], vec![space("s", vec![tool("a-Z_9").defer_loading()])]);
        let tools = fine.into_thread_tools().unwrap();
        assert!(tools.has(None, "a-Z_9") && tools.has(Some("s"), "a-Z_9"));
        assert!(!tools.has(Some("t"), "a-Z_9") && !tools.has(None, "b"));
    }
}
