-- What Orleans' ADO.NET providers ask a database: each query under a key that they know. They read this table when the silo starts.
CREATE TABLE OrleansQuery
(
    QueryKey varchar(64) PRIMARY KEY,
    QueryText text NOT NULL
);
