--
-- PostgreSQL database dump
--

\restrict 3yl1Hw9D4vZTaX43765d3wlgu4y537g2auiR1VpnnhI6vkwOH8U5vOTqSBRt79l

-- Dumped from database version 15.18 (Debian 15.18-0+deb12u1)
-- Dumped by pg_dump version 15.18 (Debian 15.18-0+deb12u1)

SET statement_timeout = 0;
SET lock_timeout = 0;
SET idle_in_transaction_session_timeout = 0;
SET client_encoding = 'UTF8';
SET standard_conforming_strings = on;
SELECT pg_catalog.set_config('search_path', '', false);
SET check_function_bodies = false;
SET xmloption = content;
SET client_min_messages = warning;
SET row_security = off;

--
-- Name: amana; Type: SCHEMA; Schema: -; Owner: -
--

CREATE SCHEMA amana;


SET default_tablespace = '';

SET default_table_access_method = heap;

--
-- Name: log_head; Type: TABLE; Schema: amana; Owner: -
--

CREATE TABLE amana.log_head (
    name text NOT NULL COLLATE pg_catalog."C",
    kind smallint NOT NULL,
    next bigint NOT NULL,
    tail bigint NOT NULL
);


--
-- Name: log_record; Type: TABLE; Schema: amana; Owner: -
--

CREATE TABLE amana.log_record (
    log text NOT NULL COLLATE pg_catalog."C",
    "position" bigint NOT NULL,
    bytes bytea NOT NULL
);


--
-- Name: owner; Type: TABLE; Schema: amana; Owner: -
--

CREATE TABLE amana.owner (
    one boolean DEFAULT true NOT NULL,
    epoch bigint NOT NULL,
    CONSTRAINT owner_one_check CHECK (one)
);


--
-- Name: space_act; Type: TABLE; Schema: amana; Owner: -
--

CREATE TABLE amana.space_act (
    k bytea NOT NULL,
    v bytea NOT NULL,
    ver bigint NOT NULL
);
ALTER TABLE ONLY amana.space_act ALTER COLUMN v SET STORAGE EXTERNAL;


--
-- Name: space_block; Type: TABLE; Schema: amana; Owner: -
--

CREATE TABLE amana.space_block (
    k bytea NOT NULL,
    v bytea NOT NULL,
    ver bigint NOT NULL
);
ALTER TABLE ONLY amana.space_block ALTER COLUMN v SET STORAGE EXTERNAL;


--
-- Name: space_catalog; Type: TABLE; Schema: amana; Owner: -
--

CREATE TABLE amana.space_catalog (
    k bytea NOT NULL,
    v bytea NOT NULL,
    ver bigint NOT NULL
);


--
-- Name: space_class; Type: TABLE; Schema: amana; Owner: -
--

CREATE TABLE amana.space_class (
    k bytea NOT NULL,
    v bytea NOT NULL,
    ver bigint NOT NULL
);


--
-- Name: space_cursor; Type: TABLE; Schema: amana; Owner: -
--

CREATE TABLE amana.space_cursor (
    k bytea NOT NULL,
    v bytea NOT NULL,
    ver bigint NOT NULL
);


--
-- Name: space_delivery; Type: TABLE; Schema: amana; Owner: -
--

CREATE TABLE amana.space_delivery (
    k bytea NOT NULL,
    v bytea NOT NULL,
    ver bigint NOT NULL
);
ALTER TABLE ONLY amana.space_delivery ALTER COLUMN v SET STORAGE EXTERNAL;


--
-- Name: space_event; Type: TABLE; Schema: amana; Owner: -
--

CREATE TABLE amana.space_event (
    k bytea NOT NULL,
    v bytea NOT NULL,
    ver bigint NOT NULL
);
ALTER TABLE ONLY amana.space_event ALTER COLUMN v SET STORAGE EXTERNAL;


--
-- Name: space_fragment; Type: TABLE; Schema: amana; Owner: -
--

CREATE TABLE amana.space_fragment (
    k bytea NOT NULL,
    v bytea NOT NULL,
    ver bigint NOT NULL
);
ALTER TABLE ONLY amana.space_fragment ALTER COLUMN v SET STORAGE EXTERNAL;


--
-- Name: space_index; Type: TABLE; Schema: amana; Owner: -
--

CREATE TABLE amana.space_index (
    k bytea NOT NULL,
    v bytea NOT NULL,
    ver bigint NOT NULL
);


--
-- Name: space_member; Type: TABLE; Schema: amana; Owner: -
--

CREATE TABLE amana.space_member (
    k bytea NOT NULL,
    v bytea NOT NULL,
    ver bigint NOT NULL
);


--
-- Name: space_meta; Type: TABLE; Schema: amana; Owner: -
--

CREATE TABLE amana.space_meta (
    k bytea NOT NULL,
    v bytea NOT NULL,
    ver bigint NOT NULL
);


--
-- Name: space_profile; Type: TABLE; Schema: amana; Owner: -
--

CREATE TABLE amana.space_profile (
    k bytea NOT NULL,
    v bytea NOT NULL,
    ver bigint NOT NULL
);


--
-- Name: space_quarantine; Type: TABLE; Schema: amana; Owner: -
--

CREATE TABLE amana.space_quarantine (
    k bytea NOT NULL,
    v bytea NOT NULL,
    ver bigint NOT NULL
);
ALTER TABLE ONLY amana.space_quarantine ALTER COLUMN v SET STORAGE EXTERNAL;


--
-- Name: space_ring; Type: TABLE; Schema: amana; Owner: -
--

CREATE TABLE amana.space_ring (
    k bytea NOT NULL,
    v bytea NOT NULL,
    ver bigint NOT NULL
);
ALTER TABLE ONLY amana.space_ring ALTER COLUMN v SET STORAGE EXTERNAL;


--
-- Name: space_seen; Type: TABLE; Schema: amana; Owner: -
--

CREATE TABLE amana.space_seen (
    k bytea NOT NULL,
    v bytea NOT NULL,
    ver bigint NOT NULL
);


--
-- Name: space_tally; Type: TABLE; Schema: amana; Owner: -
--

CREATE TABLE amana.space_tally (
    k bytea NOT NULL,
    v bytea NOT NULL,
    ver bigint NOT NULL
);


--
-- Name: version; Type: SEQUENCE; Schema: amana; Owner: -
--

CREATE SEQUENCE amana.version
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;


--
-- Data for Name: log_head; Type: TABLE DATA; Schema: amana; Owner: -
--

INSERT INTO amana.log_head VALUES ('changes', 2, 3, 0);
INSERT INTO amana.log_head VALUES ('journal', 1, 2, 0);


--
-- Data for Name: log_record; Type: TABLE DATA; Schema: amana; Owner: -
--

INSERT INTO amana.log_record VALUES ('changes', 0, '\x6f6e65');
INSERT INTO amana.log_record VALUES ('changes', 1, '\x74776f');
INSERT INTO amana.log_record VALUES ('changes', 2, '\x7468726565');
INSERT INTO amana.log_record VALUES ('journal', 0, '\x6576656e74206f6e65');
INSERT INTO amana.log_record VALUES ('journal', 1, '\x6576656e742074776f');


--
-- Data for Name: owner; Type: TABLE DATA; Schema: amana; Owner: -
--

INSERT INTO amana.owner VALUES (true, 1);


--
-- Data for Name: space_act; Type: TABLE DATA; Schema: amana; Owner: -
--



--
-- Data for Name: space_block; Type: TABLE DATA; Schema: amana; Owner: -
--

INSERT INTO amana.space_block VALUES ('\x00000001', '\x626c6f636b2031', 1);
INSERT INTO amana.space_block VALUES ('\x00000002', '\x626c6f636b2032', 1);
INSERT INTO amana.space_block VALUES ('\x00000003', '\x626c6f636b2033', 1);
INSERT INTO amana.space_block VALUES ('\x00000004', '\x626c6f636b2034', 1);


--
-- Data for Name: space_catalog; Type: TABLE DATA; Schema: amana; Owner: -
--



--
-- Data for Name: space_class; Type: TABLE DATA; Schema: amana; Owner: -
--



--
-- Data for Name: space_cursor; Type: TABLE DATA; Schema: amana; Owner: -
--



--
-- Data for Name: space_delivery; Type: TABLE DATA; Schema: amana; Owner: -
--



--
-- Data for Name: space_event; Type: TABLE DATA; Schema: amana; Owner: -
--



--
-- Data for Name: space_fragment; Type: TABLE DATA; Schema: amana; Owner: -
--



--
-- Data for Name: space_index; Type: TABLE DATA; Schema: amana; Owner: -
--



--
-- Data for Name: space_member; Type: TABLE DATA; Schema: amana; Owner: -
--



--
-- Data for Name: space_meta; Type: TABLE DATA; Schema: amana; Owner: -
--

INSERT INTO amana.space_meta VALUES ('\x73746f72652f666f726d6174', '\x31', 0);
INSERT INTO amana.space_meta VALUES ('\x73746f72652f73706163652f6d657461', '\x31', 0);
INSERT INTO amana.space_meta VALUES ('\x73746f72652f73706163652f636174616c6f67', '\x31', 0);
INSERT INTO amana.space_meta VALUES ('\x73746f72652f73706163652f636c617373', '\x31', 0);
INSERT INTO amana.space_meta VALUES ('\x73746f72652f73706163652f696e646578', '\x31', 0);
INSERT INTO amana.space_meta VALUES ('\x73746f72652f73706163652f667261676d656e74', '\x31', 0);
INSERT INTO amana.space_meta VALUES ('\x73746f72652f73706163652f72696e67', '\x31', 0);
INSERT INTO amana.space_meta VALUES ('\x73746f72652f73706163652f626c6f636b', '\x31', 0);
INSERT INTO amana.space_meta VALUES ('\x73746f72652f73706163652f6576656e74', '\x31', 0);
INSERT INTO amana.space_meta VALUES ('\x73746f72652f73706163652f616374', '\x31', 0);
INSERT INTO amana.space_meta VALUES ('\x73746f72652f73706163652f7365656e', '\x31', 0);
INSERT INTO amana.space_meta VALUES ('\x73746f72652f73706163652f6d656d626572', '\x31', 0);
INSERT INTO amana.space_meta VALUES ('\x73746f72652f73706163652f64656c6976657279', '\x31', 0);
INSERT INTO amana.space_meta VALUES ('\x73746f72652f73706163652f74616c6c79', '\x31', 0);
INSERT INTO amana.space_meta VALUES ('\x73746f72652f73706163652f71756172616e74696e65', '\x31', 0);
INSERT INTO amana.space_meta VALUES ('\x73746f72652f73706163652f637572736f72', '\x31', 0);
INSERT INTO amana.space_meta VALUES ('\x73746f72652f73706163652f70726f66696c65', '\x31', 0);


--
-- Data for Name: space_profile; Type: TABLE DATA; Schema: amana; Owner: -
--



--
-- Data for Name: space_quarantine; Type: TABLE DATA; Schema: amana; Owner: -
--



--
-- Data for Name: space_ring; Type: TABLE DATA; Schema: amana; Owner: -
--



--
-- Data for Name: space_seen; Type: TABLE DATA; Schema: amana; Owner: -
--



--
-- Data for Name: space_tally; Type: TABLE DATA; Schema: amana; Owner: -
--

INSERT INTO amana.space_tally VALUES ('\x61', '\x32', 2);


--
-- Name: version; Type: SEQUENCE SET; Schema: amana; Owner: -
--

SELECT pg_catalog.setval('amana.version', 2, true);


--
-- Name: log_head log_head_pkey; Type: CONSTRAINT; Schema: amana; Owner: -
--

ALTER TABLE ONLY amana.log_head
    ADD CONSTRAINT log_head_pkey PRIMARY KEY (name);


--
-- Name: log_record log_record_pkey; Type: CONSTRAINT; Schema: amana; Owner: -
--

ALTER TABLE ONLY amana.log_record
    ADD CONSTRAINT log_record_pkey PRIMARY KEY (log, "position");


--
-- Name: owner owner_pkey; Type: CONSTRAINT; Schema: amana; Owner: -
--

ALTER TABLE ONLY amana.owner
    ADD CONSTRAINT owner_pkey PRIMARY KEY (one);


--
-- Name: space_act space_act_pkey; Type: CONSTRAINT; Schema: amana; Owner: -
--

ALTER TABLE ONLY amana.space_act
    ADD CONSTRAINT space_act_pkey PRIMARY KEY (k);


--
-- Name: space_block space_block_pkey; Type: CONSTRAINT; Schema: amana; Owner: -
--

ALTER TABLE ONLY amana.space_block
    ADD CONSTRAINT space_block_pkey PRIMARY KEY (k);


--
-- Name: space_catalog space_catalog_pkey; Type: CONSTRAINT; Schema: amana; Owner: -
--

ALTER TABLE ONLY amana.space_catalog
    ADD CONSTRAINT space_catalog_pkey PRIMARY KEY (k);


--
-- Name: space_class space_class_pkey; Type: CONSTRAINT; Schema: amana; Owner: -
--

ALTER TABLE ONLY amana.space_class
    ADD CONSTRAINT space_class_pkey PRIMARY KEY (k);


--
-- Name: space_cursor space_cursor_pkey; Type: CONSTRAINT; Schema: amana; Owner: -
--

ALTER TABLE ONLY amana.space_cursor
    ADD CONSTRAINT space_cursor_pkey PRIMARY KEY (k);


--
-- Name: space_delivery space_delivery_pkey; Type: CONSTRAINT; Schema: amana; Owner: -
--

ALTER TABLE ONLY amana.space_delivery
    ADD CONSTRAINT space_delivery_pkey PRIMARY KEY (k);


--
-- Name: space_event space_event_pkey; Type: CONSTRAINT; Schema: amana; Owner: -
--

ALTER TABLE ONLY amana.space_event
    ADD CONSTRAINT space_event_pkey PRIMARY KEY (k);


--
-- Name: space_fragment space_fragment_pkey; Type: CONSTRAINT; Schema: amana; Owner: -
--

ALTER TABLE ONLY amana.space_fragment
    ADD CONSTRAINT space_fragment_pkey PRIMARY KEY (k);


--
-- Name: space_index space_index_pkey; Type: CONSTRAINT; Schema: amana; Owner: -
--

ALTER TABLE ONLY amana.space_index
    ADD CONSTRAINT space_index_pkey PRIMARY KEY (k);


--
-- Name: space_member space_member_pkey; Type: CONSTRAINT; Schema: amana; Owner: -
--

ALTER TABLE ONLY amana.space_member
    ADD CONSTRAINT space_member_pkey PRIMARY KEY (k);


--
-- Name: space_meta space_meta_pkey; Type: CONSTRAINT; Schema: amana; Owner: -
--

ALTER TABLE ONLY amana.space_meta
    ADD CONSTRAINT space_meta_pkey PRIMARY KEY (k);


--
-- Name: space_profile space_profile_pkey; Type: CONSTRAINT; Schema: amana; Owner: -
--

ALTER TABLE ONLY amana.space_profile
    ADD CONSTRAINT space_profile_pkey PRIMARY KEY (k);


--
-- Name: space_quarantine space_quarantine_pkey; Type: CONSTRAINT; Schema: amana; Owner: -
--

ALTER TABLE ONLY amana.space_quarantine
    ADD CONSTRAINT space_quarantine_pkey PRIMARY KEY (k);


--
-- Name: space_ring space_ring_pkey; Type: CONSTRAINT; Schema: amana; Owner: -
--

ALTER TABLE ONLY amana.space_ring
    ADD CONSTRAINT space_ring_pkey PRIMARY KEY (k);


--
-- Name: space_seen space_seen_pkey; Type: CONSTRAINT; Schema: amana; Owner: -
--

ALTER TABLE ONLY amana.space_seen
    ADD CONSTRAINT space_seen_pkey PRIMARY KEY (k);


--
-- Name: space_tally space_tally_pkey; Type: CONSTRAINT; Schema: amana; Owner: -
--

ALTER TABLE ONLY amana.space_tally
    ADD CONSTRAINT space_tally_pkey PRIMARY KEY (k);


--
-- PostgreSQL database dump complete
--

\unrestrict 3yl1Hw9D4vZTaX43765d3wlgu4y537g2auiR1VpnnhI6vkwOH8U5vOTqSBRt79l

