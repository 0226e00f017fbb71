// Package keyring keeps the cloud's private keys in files of their own, apart from its database: the certificate authority and each tenant's signing keys.
package keyring
