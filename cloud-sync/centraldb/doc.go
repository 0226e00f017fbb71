// Package centraldb stores what the cloud knows, in SQLite or in PostgreSQL.
//
// It will own both stores behind one contract test suite; nothing is here yet.
package centraldb
