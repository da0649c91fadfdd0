//! Talking to the process that serves an installation, over the socket in its folder.

use super::Failure;
use crate::server::SOCKET_FILE;
use reqwest::{Method, StatusCode};
use serde_json::Value as Json;
use std::path::Path;

/// The process that serves an installation.
pub(super) struct Local {
    client: reqwest::Client,
}

/// Its answer.
pub(super) struct Answer {
    pub(super) status: StatusCode,
    pub(super) text: String,
}

impl Local {
    /// The process that serves this folder; `None` when nobody does.
    pub(super) async fn find(data: &Path) -> Result<Option<Self>, Failure> {
        let socket = data.join(SOCKET_FILE);
        if tokio::net::UnixStream::connect(&socket).await.is_err() {
            return Ok(None);
        }
        let client = crate::http_client::client_builder().unix_socket(socket).build()?;
        Ok(Some(Self { client }))
    }

    /// Asks it.
    pub(super) async fn ask(&self, method: Method, path: &str, body: Option<String>) -> Result<Answer, Failure> {
        let mut request = self.client.request(method, format!("http://local{path}"));
        if let Some(body) = body {
            request = request.header("content-type", "application/toml").body(body);
        }
        let response = request.send().await?;
        let status = response.status();
        Ok(Answer { status, text: response.text().await? })
    }
}

impl Answer {
    /// The answer as JSON, or what went wrong in words.
    pub(super) fn json(&self) -> Result<Json, Failure> {
        let json: Json = serde_json::from_str(&self.text).unwrap_or(Json::Null);
        if self.status.is_success() {
            return Ok(json);
        }
        Err(json.get("detail").and_then(Json::as_str).unwrap_or("the server refused").into())
    }

    /// The answer to a question about a file. What is wrong with the file is told line by line, in the words and the
    /// form in which this program tells it without a server.
    pub(super) fn json_about(&self, file: &str) -> Result<Json, Failure> {
        let json: Json = serde_json::from_str(&self.text).unwrap_or(Json::Null);
        let errors = json.get("errors").and_then(Json::as_array).map(Vec::as_slice).unwrap_or_default();
        if self.status.is_success() || errors.is_empty() {
            return self.json();
        }
        let mut words = not_applied(file, errors.len());
        errors.iter().for_each(|error| words.push_str(&format!("\n  {}", in_file(file, error))));
        Err(words.into())
    }
}

/// How an answer about a file that is wrong begins.
pub(super) fn not_applied(file: &str, problems: usize) -> String {
    format!("{file} was not applied: {problems} thing(s) to mend")
}

/// A problem of a file that a server found, as a line that editors understand.
pub(super) fn in_file(file: &str, problem: &Json) -> String {
    let text = |name: &str| problem.get(name).and_then(Json::as_str).unwrap_or_default();
    let number = |name: &str| problem.get(name).and_then(Json::as_u64);
    let place = match (number("line"), number("column")) {
        (Some(line), Some(column)) => format!("{file}:{line}:{column}:"),
        _ => format!("{file}:"),
    };
    let field = if text("field").is_empty() { text("path") } else { text("field") };
    let field = if field.is_empty() { String::new() } else { format!("{field}: ") };
    format!("{place} {field}{}; expected {}", text("message"), text("expected"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use amana_core::catalog::{Catalog, Path as Field, Problem, ProblemCode};

    #[test]
    fn a_problem_reads_the_same_whoever_found_it() {
        let text = "[[audiences]]\ncode = \"x\"\nwhere = \"a / 0 = 1\"\n";
        let path = Field::root("audiences").item(0, "x").key("where");
        let problem = Problem::at(path, ProblemCode::BadPredicate, "line 1, column 5 of the predicate: no", "another");
        for problem in Catalog::place(text, vec![problem.clone()]).into_iter().chain([problem]) {
            let json = serde_json::to_value(&problem).unwrap();
            assert_eq!(in_file("org.toml", &json), problem.in_file("org.toml").to_string());
        }
    }

    #[test]
    fn what_a_server_finds_in_a_file_is_told_line_by_line() {
        let text = r#"{"detail": "one thing is wrong", "errors": [{"field": "audiences.x.where", "line": 3, "column": 9,
            "message": "line 1, column 1 of the predicate: no", "expected": "another"}]}"#;
        let answer = Answer { status: StatusCode::UNPROCESSABLE_ENTITY, text: text.into() };
        let told = answer.json_about("org.toml").unwrap_err().to_string();
        let line = "org.toml:3:9: audiences.x.where: line 1, column 1 of the predicate: no; expected another";
        assert_eq!(told, format!("org.toml was not applied: 1 thing(s) to mend\n  {line}"));
        assert_eq!(answer.json().unwrap_err().to_string(), "one thing is wrong");
    }
}
