//! The description, arranged for a page.

use super::example::example;
use super::schema::{Field, fields, kind};
use serde_json::Value as Json;

const METHODS: [&str; 4] = ["get", "post", "put", "delete"];
const ROLES: [&str; 5] = ["admin", "privacy", "marketing", "analyst", "service"];

/// The whole reference.
pub(super) struct Reference {
    pub title: String,
    pub version: String,
    /// Paragraphs, as HTML.
    pub intro: Vec<String>,
    pub groups: Vec<Group>,
    pub problems: Vec<ProblemRow>,
    pub collect_problems: Vec<ProblemRow>,
    pub reasons: Vec<ReasonRow>,
    pub problem_fields: Vec<Field>,
    pub roles: [&'static str; 5],
}

/// Routes that belong together.
pub(super) struct Group {
    pub name: String,
    pub anchor: String,
    pub words: String,
    pub operations: Vec<Operation>,
}

/// One route.
pub(super) struct Operation {
    pub anchor: String,
    pub method: String,
    pub path: String,
    pub title: String,
    pub words: Vec<String>,
    pub roles: Vec<String>,
    pub parameters: Vec<Parameter>,
    pub body: Option<Body>,
    pub answers: Vec<Answer>,
    pub refusals: Vec<String>,
    pub curl: String,
}

/// A parameter.
pub(super) struct Parameter {
    pub name: String,
    pub place: String,
    pub kind: String,
    pub required: bool,
    pub words: String,
}

/// A body that is sent.
pub(super) struct Body {
    pub content_type: String,
    pub words: String,
    pub fields: Vec<Field>,
    pub example: Option<String>,
}

/// An answer.
pub(super) struct Answer {
    pub status: String,
    pub words: String,
    pub content_type: Option<String>,
    pub fields: Vec<Field>,
    pub example: Option<String>,
}

/// A code of a problem.
pub(super) struct ProblemRow {
    pub code: String,
    pub status: u64,
    pub title: String,
    pub words: String,
}

/// A reason of `permit`.
pub(super) struct ReasonRow {
    pub code: String,
    pub words: String,
}

impl Operation {
    /// Whether a role may take it.
    pub(super) fn allows(&self, role: &str) -> bool {
        self.roles.is_empty() || self.roles.iter().any(|known| known == role)
    }
}

impl Reference {
    pub(super) fn of(document: &Json) -> Self {
        let text = |json: &Json| json.as_str().unwrap_or_default().to_owned();
        let rows = |key: &str| document[key].as_array().into_iter().flatten();
        let group = |tag: &Json| {
            let name = text(&tag["name"]);
            let operations = operations(document, &name);
            Group {
                anchor: anchor(&name),
                words: html(tag["description"].as_str().unwrap_or_default()),
                name,
                operations,
            }
        };
        Self {
            title: text(&document["info"]["title"]),
            version: text(&document["info"]["version"]),
            intro: paragraphs(document["info"]["description"].as_str().unwrap_or_default()),
            groups: rows("tags").map(group).collect(),
            problems: rows("x-problems").map(problem).collect(),
            collect_problems: rows("x-collect-problems").map(problem).collect(),
            reasons: rows("x-reasons")
                .map(|row| ReasonRow {
                    code: text(&row["code"]),
                    words: html(row["words"].as_str().unwrap_or_default()),
                })
                .collect(),
            problem_fields: fields(document, &document["components"]["schemas"]["Problem"]),
            roles: ROLES,
        }
    }
}

fn problem(row: &Json) -> ProblemRow {
    let text = |name: &str| row[name].as_str().unwrap_or_default();
    ProblemRow {
        code: text("code").to_owned(),
        status: row["status"].as_u64().unwrap_or_default(),
        title: text("title").to_owned(),
        words: html(text("words")),
    }
}

fn operations(document: &Json, tag: &str) -> Vec<Operation> {
    let paths = document["paths"].as_object().into_iter().flatten();
    let mut found = Vec::new();
    for (path, methods) in paths {
        for method in METHODS {
            let operation = &methods[method];
            if operation["tags"][0] == tag {
                found.push(arrange(document, path, method, operation));
            }
        }
    }
    found
}

fn arrange(document: &Json, path: &str, method: &str, operation: &Json) -> Operation {
    let texts = |json: &Json| -> Vec<String> {
        json.as_array().into_iter().flatten().filter_map(Json::as_str).map(str::to_owned).collect()
    };
    let parameters: Vec<Parameter> = operation["parameters"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|parameter| Parameter {
            name: parameter["name"].as_str().unwrap_or_default().to_owned(),
            place: parameter["in"].as_str().unwrap_or_default().to_owned(),
            kind: kind(document, &parameter["schema"]),
            required: parameter["required"].as_bool().unwrap_or_default(),
            words: html(parameter["description"].as_str().unwrap_or_default()),
        })
        .collect();
    let body = body(document, &operation["requestBody"]);
    let responses = || operation["responses"].as_object().into_iter().flatten();
    let is_answer = |status: &str| status.starts_with('2');
    Operation {
        anchor: anchor(&format!("{method} {path}")),
        method: method.to_uppercase(),
        path: path.to_owned(),
        title: operation["summary"].as_str().unwrap_or_default().to_owned(),
        words: paragraphs(operation["description"].as_str().unwrap_or_default()),
        roles: texts(&operation["x-roles"]),
        curl: curl(path, method, operation, body.as_ref()),
        parameters,
        body,
        answers: responses()
            .filter(|(status, _)| is_answer(status))
            .map(|(status, answer)| self::answer(document, status, answer))
            .collect(),
        refusals: responses()
            .filter(|(status, _)| !is_answer(status) && *status != "default")
            .map(|(status, _)| status.clone())
            .collect(),
    }
}

fn body(document: &Json, body: &Json) -> Option<Body> {
    let (content_type, media) = body["content"].as_object()?.iter().next()?;
    let shown = example(document, &media["schema"], true);
    Some(Body {
        content_type: content_type.clone(),
        words: html(body["description"].as_str().unwrap_or_default()),
        fields: fields(document, &media["schema"]),
        example: pretty(&shown),
    })
}

fn answer(document: &Json, status: &str, answer: &Json) -> Answer {
    let media = answer["content"].as_object().and_then(|content| content.iter().next());
    let schema = media.map(|(_, media)| &media["schema"]);
    Answer {
        status: status.to_owned(),
        words: html(answer["description"].as_str().unwrap_or_default()),
        content_type: media.map(|(content_type, _)| content_type.clone()),
        fields: schema.map(|schema| fields(document, schema)).unwrap_or_default(),
        example: schema.and_then(|schema| pretty(&example(document, schema, false))),
    }
}

fn pretty(example: &Json) -> Option<String> {
    let told = example.as_object().is_some_and(|object| !object.is_empty());
    told.then(|| serde_json::to_string_pretty(example).unwrap_or_default())
}

/// A line that works when the address and the key are put in.
fn curl(path: &str, method: &str, operation: &Json, body: Option<&Body>) -> String {
    let mut address = path.to_owned();
    let mut query = Vec::new();
    for parameter in operation["parameters"].as_array().into_iter().flatten() {
        let name = parameter["name"].as_str().unwrap_or_default();
        let example = match &parameter["example"] {
            Json::String(text) => text.clone(),
            Json::Null => continue,
            other => other.to_string(),
        };
        match parameter["in"].as_str() {
            Some("path") => address = address.replace(&format!("{{{name}}}"), &example),
            Some("query") => query.push(format!("{name}={example}")),
            _ => {}
        }
    }
    if !query.is_empty() {
        address = format!("{address}?{}", query.join("&"));
    }
    let mut line = "curl".to_owned();
    if method != "get" {
        line.push_str(&format!(" -X {}", method.to_uppercase()));
    }
    line.push_str(&format!(" \"$AMANA{address}\""));
    if operation["x-roles"].as_array().is_some_and(|roles| !roles.is_empty()) {
        line.push_str(" \\\n  -H \"Authorization: Bearer $AMANA_KEY\"");
    }
    match body {
        Some(body) if body.content_type == "application/json" => {
            let example = body.example.as_deref().unwrap_or("{}").replace('\'', "'\\''");
            line.push_str(&format!(" \\\n  -H 'Content-Type: application/json' \\\n  -d '{example}'"));
        }
        Some(body) => {
            line.push_str(&format!(" \\\n  -H 'Content-Type: {}' \\\n  --data-binary @org.toml", body.content_type));
        }
        None => {}
    }
    line
}

/// Text with `code` in it as HTML.
pub(super) fn html(text: &str) -> String {
    let mut html = String::with_capacity(text.len() + 16);
    for (place, part) in text.split('`').enumerate() {
        let code = place % 2 == 1;
        html.push_str(if code { "<code>" } else { "" });
        for letter in part.chars() {
            match letter {
                '&' => html.push_str("&amp;"),
                '<' => html.push_str("&lt;"),
                '>' => html.push_str("&gt;"),
                '"' => html.push_str("&quot;"),
                '\n' => html.push(' '),
                letter => html.push(letter),
            }
        }
        html.push_str(if code { "</code>" } else { "" });
    }
    html
}

fn paragraphs(text: &str) -> Vec<String> {
    text.split("\n\n").map(str::trim).filter(|paragraph| !paragraph.is_empty()).map(html).collect()
}

fn anchor(text: &str) -> String {
    let mut anchor = String::new();
    for letter in text.trim_start_matches("/api/v1").to_lowercase().replace("/api/v1", "").chars() {
        match letter {
            'a'..='z' | '0'..='9' => anchor.push(letter),
            _ if !anchor.ends_with('-') && !anchor.is_empty() => anchor.push('-'),
            _ => {}
        }
    }
    anchor.trim_end_matches('-').to_owned()
}
