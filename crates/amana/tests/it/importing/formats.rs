//! Every format, encoding and packing says the same.

use super::CUSTOMERS;
use crate::support::{CATALOG, Engine, House, gzip, on_both_engines, zstd};
use serde_json::Value as Json;

on_both_engines!(json_lines_and_parquet_say_what_csv_says, packed_parquet_is_unpacked_within_the_limits_of_text,);

const CSV: &str = "kunde_nr;vorname;mail;geaendert;intern\r\n\
    k1;Jörg;jorg@example.com;01.02.2026 13:00;x\r\n\
    k2;\"Ann; \"\"the\nfirst\"\"\";NULL;02.02.2026 13:00;y\r\n";

async fn traits(house: &House, person: &str) -> Json {
    house.profile(&format!("user_id/{person}"), "offers").await.expect(200).json["traits"].clone()
}

fn value(traits: &Json, name: &str) -> String {
    let json = &traits[name];
    json.as_str().or_else(|| json["value"].as_str()).unwrap_or_default().to_owned()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn csv_is_read_as_programs_really_write_it() {
    let house = House::open(Engine::Embedded, CATALOG).await;
    let answer = house.import("shop", CUSTOMERS, "text/csv; charset=utf-8", CSV).await.expect(200).json;
    assert_eq!((&answer["rows"], &answer["accepted"], &answer["rejected"]), (&2.into(), &2.into(), &0.into()));
    assert_eq!(answer["import_id"].as_str().unwrap().len(), 64);
    let first = traits(&house, "k1").await;
    assert_eq!((value(&first, "firstName"), value(&first, "email")), ("Jörg".into(), "jorg@example.com".into()));
    let second = traits(&house, "k2").await;
    assert_eq!(value(&second, "firstName"), "Ann; \"the\nfirst\"");
    assert!(second.get("email").is_none(), "what the map calls nothing is nothing");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn encodings_and_packings_say_the_same() {
    let house = House::open(Engine::Embedded, CATALOG).await;
    let latin: Vec<u8> = CSV.chars().map(|letter| u8::try_from(u32::from(letter)).unwrap()).collect();
    let map = format!("encoding = \"windows-1252\"\n{CUSTOMERS}");
    house.import("shop", &map, "text/csv", latin.clone()).await.expect(200);
    assert_eq!(value(&traits(&house, "k1").await, "firstName"), "Jörg");
    let refused = house.import("shop", CUSTOMERS, "text/csv", latin).await.expect(200).json;
    assert_eq!((&refused["accepted"], &refused["rejects"][0]["code"]), (&1.into(), &"bad_encoding".into()));
    let marked = format!("\u{feff}{CSV}");
    for (at, packed) in
        [marked.clone().into_bytes(), gzip(marked.as_bytes()), zstd(marked.as_bytes())].iter().enumerate()
    {
        let answer = house.import("shop", CUSTOMERS, "text/csv", packed.clone()).await.expect(200).json;
        assert_eq!(answer["accepted"], 2, "{at}");
    }
}

async fn json_lines_and_parquet_say_what_csv_says(engine: Engine) {
    let house = House::open(engine, CATALOG).await;
    let lines = "{\"kunde_nr\":\"j1\",\"vorname\":\"Ann\",\"mail\":null,\"geaendert\":\"01.02.2026 13:00\"}\r\n\n\
        {\"kunde_nr\":17,\"vorname\":\"Bo\"}";
    let answer = house.import("shop", CUSTOMERS, "application/x-ndjson", lines).await.expect(200).json;
    assert_eq!(answer["accepted"], 2);
    assert_eq!(value(&traits(&house, "j1").await, "firstName"), "Ann");
    assert_eq!(value(&traits(&house, "17").await, "firstName"), "Bo");

    let parquet = include_bytes!("people.parquet");
    let map = "kind = \"identify\"\ntimestamp = \"changed\"\n[identifiers]\nuser_id = \"customer\"\n\
        [traits]\nfirstName = \"first_name\"\n";
    for packed in [parquet.to_vec(), gzip(parquet), zstd(parquet)] {
        let answer = house.import("shop", map, "application/vnd.apache.parquet", packed).await.expect(200).json;
        assert_eq!((&answer["rows"], &answer["rejected"]), (&100.into(), &0.into()), "{answer}");
    }
    assert_eq!(value(&traits(&house, "p7").await, "firstName"), "Name 7");
}

/// What a stream may ask for and become is the same whatever it holds.
async fn packed_parquet_is_unpacked_within_the_limits_of_text(engine: Engine) {
    let house = House::open(engine, CATALOG).await;
    let map = "kind = \"identify\"\ntimestamp = \"changed\"\n[identifiers]\nuser_id = \"customer\"\n\
        [traits]\nfirstName = \"first_name\"\n";
    let send = async |bytes: Vec<u8>| {
        house.import("shop", map, "application/vnd.apache.parquet", bytes).await.problem(422, "file_broken").text
    };
    let parquet = include_bytes!("people.parquet");
    let mut wide = zstd::stream::write::Encoder::new(Vec::new(), 1).unwrap();
    wide.window_log(27).unwrap();
    std::io::Write::write_all(&mut wide, parquet).unwrap();
    let refused = send(wide.finish().unwrap()).await;
    assert!(refused.contains("broken"), "a window of 128 MB: {refused}");
    let refused = send(zstd(&vec![0; 120 << 20])).await;
    assert!(refused.contains("400 times"), "a bomb: {refused}");
    let refused = send(gzip(parquet)[..400].to_vec()).await;
    assert!(refused.contains("breaks off"), "{refused}");
}
