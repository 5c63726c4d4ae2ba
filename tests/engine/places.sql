CREATE TABLE IF NOT EXISTS read.toy_well_v1 (place uuid PRIMARY KEY, times bigint NOT NULL);
CREATE TABLE IF NOT EXISTS read.toy_delicate_v1 (place uuid PRIMARY KEY, times bigint NOT NULL);
CREATE TABLE IF NOT EXISTS read.toy_lines_v1 (position bigint PRIMARY KEY, code text NOT NULL);
CREATE TABLE IF NOT EXISTS read.toy_blind_v1 (position bigint PRIMARY KEY, code text NOT NULL);
CREATE TABLE IF NOT EXISTS read.toy_well_v2 (place uuid PRIMARY KEY, times bigint NOT NULL);
