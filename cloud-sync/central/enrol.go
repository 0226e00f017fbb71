package central

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/hmac"
	"crypto/x509"
	"errors"
	"fmt"
	"net/netip"

	"autocom/cloud-sync/wire"
)

// Why a box is not let in, besides the errors every caller knows.
var (
	ErrClaim   = errors.New("this claim code is not known: it was used, was withdrawn, or is over") // one answer for all of these
	ErrProof   = errors.New("the proof of the claim code is wrong: somebody stands between the box and the cloud, or the code was mistyped")
	ErrRevoked = errors.New("this box was shut out: it must enrol again")
	ErrCSR     = errors.New("this is no request for a certificate of a P-256 key, signed by that key")
)

// mostWords bounds what a box says of itself, in characters.
const mostWords = 100

// Enrol lets a box in that proves it knows a claim. from is its address.
func (c *Cloud) Enrol(ctx context.Context, r wire.EnrolRequest, from netip.Addr) (wire.EnrolAnswer, error) {
	at := now()
	if !c.doors.try(from, at) {
		return wire.EnrolAnswer{}, ErrTooOften
	}
	w, err := c.Store.Claim(ctx, r.Claim)
	if errors.Is(err, ErrNotFound) || err == nil && !at.Before(w.Expires) {
		return wire.EnrolAnswer{}, ErrClaim
	}
	if err != nil {
		return wire.EnrolAnswer{}, err
	}
	spki := c.Issuer.Listener()
	if !hmac.Equal(w.Keys.BoxProof(spki, r.CSR), r.Proof) {
		return wire.EnrolAnswer{}, ErrProof
	}
	public, err := requested(r.CSR)
	if err != nil {
		return wire.EnrolAnswer{}, err
	}
	if !streamName(r.Stream) {
		return wire.EnrolAnswer{}, fmt.Errorf("%w: %q is no name of a journal", ErrRefused, r.Stream)
	}
	tenant, err := c.Store.Tenant(ctx, w.Tenant)
	if err != nil {
		return wire.EnrolAnswer{}, err
	}
	site, err := c.Store.Site(ctx, w.Tenant, w.Site, at)
	if err != nil {
		return wire.EnrolAnswer{}, err
	}
	keys, err := c.Signer.Keys(w.Tenant)
	if err != nil {
		return wire.EnrolAnswer{}, err
	}
	d := Device{
		ID: DeviceID(newID("d")), Tenant: w.Tenant, Site: w.Site, Enrolled: at, Seen: at,
		Serial: clean(r.Serial, mostWords), Program: clean(r.Program, mostWords),
	}
	a := wire.EnrolAnswer{
		Device: string(d.ID), Tenant: string(d.Tenant), TenantName: tenant.Name, Site: string(d.Site), SiteName: site.Name,
		Roots: c.Issuer.Roots(), Keys: keys, Time: at.UnixMilli(),
	}
	if a.Certificate, d.Expires, err = c.Issuer.Issue(d.ID, public, at); err != nil {
		return wire.EnrolAnswer{}, err
	}
	// What is signed is worth nothing before the device is in the store: the claim is used up and the box put in place in one stroke.
	if err := c.Store.Enrol(ctx, r.Claim, d, r.Stream); errors.Is(err, ErrNotFound) {
		return wire.EnrolAnswer{}, ErrClaim
	} else if err != nil {
		return wire.EnrolAnswer{}, err
	}
	c.doors.giveBack(from)
	if site.Device != nil {
		c.live.hangUp(site.Device.ID)
	}
	c.live.tell(d.Tenant, Change{Site: d.Site, What: "device"})
	a.Proof = w.Keys.CloudProof(spki, a)
	return a, nil
}

// Renew issues a new certificate to a box that proved the key of its old one, expired or not.
func (c *Cloud) Renew(ctx context.Context, id DeviceID, r wire.RenewRequest) (wire.RenewAnswer, error) {
	d, err := c.Device(ctx, id)
	if err != nil {
		return wire.RenewAnswer{}, err
	}
	public, err := requested(r.CSR)
	if err != nil {
		return wire.RenewAnswer{}, err
	}
	at := now()
	a := wire.RenewAnswer{Roots: c.Issuer.Roots(), Time: at.UnixMilli()}
	if a.Keys, err = c.Signer.Keys(d.Tenant); err != nil {
		return wire.RenewAnswer{}, err
	}
	if a.Certificate, d.Expires, err = c.Issuer.Issue(d.ID, public, at); err != nil {
		return wire.RenewAnswer{}, err
	}
	d.Seen = at
	return a, c.Store.Heard(ctx, d)
}

// Device is a box that may speak: of a revoked one the error is ErrRevoked, of one the store does not know ErrNotFound.
func (c *Cloud) Device(ctx context.Context, id DeviceID) (Device, error) {
	d, err := c.Store.Device(ctx, id)
	if err != nil {
		return Device{}, err
	}
	if d.Revoked {
		return Device{}, ErrRevoked
	}
	c.live.spoke(d, now())
	return d, nil
}

// requested reads the public key of a certificate request whose signature proves the private one.
func requested(der []byte) (*ecdsa.PublicKey, error) {
	csr, err := x509.ParseCertificateRequest(der)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrCSR, err)
	}
	if err := csr.CheckSignature(); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrCSR, err)
	}
	public, ok := csr.PublicKey.(*ecdsa.PublicKey)
	if !ok || public.Curve != elliptic.P256() {
		return nil, ErrCSR
	}
	return public, nil
}
