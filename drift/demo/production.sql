-- The production database as the audit found it: made by hand, and never again compared with the
-- models until a request failed with: column "role" does not exist.

CREATE TABLE users (
  id character varying PRIMARY KEY,
  email character varying(255) NOT NULL,
  username character varying,
  password_hash character varying(255) NOT NULL,
  first_name character varying(100),
  last_name character varying(100),
  is_active boolean NOT NULL,
  is_superuser boolean,
  created_at timestamp without time zone NOT NULL,
  updated_at timestamp without time zone
);
CREATE UNIQUE INDEX ix_users_email ON users (email);

CREATE TYPE batchstatus AS ENUM ('PENDING', 'PROCESSING', 'COMPLETED', 'FAILED', 'CANCELLED');

-- No foreign key: uuid does not go with users.id.
CREATE TABLE batches (
  id character varying PRIMARY KEY,
  user_id uuid NOT NULL,
  name character varying(255) NOT NULL,
  status batchstatus NOT NULL,
  items_total integer NOT NULL,
  items_processed integer NOT NULL,
  created_at timestamp with time zone NOT NULL,
  started_at timestamp with time zone,
  finished_at timestamp with time zone
);

-- No foreign key: uuid does not go with batches.id.
CREATE TABLE analyses (
  id character varying(36) PRIMARY KEY,
  batch_id uuid NOT NULL,
  isbn_or_asin character varying(20) NOT NULL,
  buy_price numeric(10, 2) NOT NULL,
  fees numeric(10, 2) NOT NULL,
  expected_sale_price numeric(10, 2) NOT NULL,
  profit numeric(10, 2) NOT NULL,
  roi_percent numeric(10, 2) NOT NULL,
  velocity_score numeric(5, 2) NOT NULL,
  CONSTRAINT uq_batch_isbn UNIQUE (batch_id, isbn_or_asin),
  CONSTRAINT ck_velocity_range CHECK (velocity_score >= 0 AND velocity_score <= 100)
);

CREATE TABLE keepa_products (
  id character varying PRIMARY KEY,
  asin character varying(20) NOT NULL,
  title character varying(500),
  created_at timestamp with time zone NOT NULL
);
CREATE UNIQUE INDEX ix_keepa_products_asin ON keepa_products (asin);

-- No foreign key: the migration that adds it dies, since uuid does not go with keepa_products.id.
CREATE TABLE keepa_snapshots (
  id uuid PRIMARY KEY,
  product_id uuid NOT NULL,
  sales_rank integer,
  raw jsonb,
  taken_at timestamp with time zone NOT NULL
);
CREATE INDEX ix_keepa_snapshots_product_id ON keepa_snapshots (product_id);

CREATE TABLE autosourcing_jobs (
  id uuid PRIMARY KEY,
  profile character varying(100) NOT NULL,
  status character varying(20) NOT NULL,
  products_found integer NOT NULL,
  created_at timestamp with time zone NOT NULL
);

-- The only two tables that a migration made.
CREATE TABLE config (
  key character varying(100) PRIMARY KEY,
  value jsonb NOT NULL,
  description text
);
CREATE TABLE search_history (
  id serial PRIMARY KEY,
  query character varying(255) NOT NULL,
  results integer NOT NULL DEFAULT 0,
  searched_at timestamp with time zone NOT NULL
);
CREATE TABLE alembic_version (version_num character varying(32) PRIMARY KEY);
INSERT INTO alembic_version VALUES ('phase_8_0_analytics');

INSERT INTO users VALUES
  ('0b8f6a52-6d5b-4f0e-9f51-6f0f0b1c2d3e', 'ada@example.com', 'ada', '$2b$12$x', 'Ada', 'L.',
   true, true, '2025-01-06 09:00', NULL),
  ('5b1df0c6-5f5e-4b1a-8a53-0d6f3a9d7c11', 'bob@example.com', 'bob', '$2b$12$y', NULL, NULL,
   true, false, '2025-02-11 14:30', NULL);
INSERT INTO config VALUES ('currency', '"EUR"', 'What prices are in');
