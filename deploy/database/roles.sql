-- outclass_owner makes and changes tables: the site. outclass_member reads and writes rows: API, bots, streams.
\getenv owner_password OWNER_PASSWORD
\getenv member_password MEMBER_PASSWORD
CREATE ROLE outclass_owner LOGIN PASSWORD :'owner_password';
CREATE ROLE outclass_member LOGIN PASSWORD :'member_password';
REVOKE ALL ON SCHEMA public FROM PUBLIC;
GRANT USAGE, CREATE ON SCHEMA public TO outclass_owner;
GRANT USAGE ON SCHEMA public TO outclass_member;
ALTER DEFAULT PRIVILEGES FOR ROLE outclass_owner IN SCHEMA public
    GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO outclass_member;
ALTER DEFAULT PRIVILEGES FOR ROLE outclass_owner IN SCHEMA public
    GRANT USAGE, SELECT ON SEQUENCES TO outclass_member;
