// Package centraldb stores what the cloud knows, in SQLite or in PostgreSQL: customers, sites, boxes, documents and facts in one half, people and
// their sessions in the other.
//
// Both engines run the same statements ($1 placeholders, times as Unix ms) and pass the same contract tests; only the migrations differ.
package centraldb
