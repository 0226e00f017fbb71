// Package quality says how good a call sounded, from what the network did to
// it: the E-model's R (0 to 100) and the opinion score people would give it
// (1 to 4.5).
//
// It is ITU-T G.107 with its default telephone set, for G.711. A Meter (or a
// Sequence, which needs only packet numbers) counts what was missing and how
// it crowded; Counts.Conditions gives R its input, and a Report carries it to
// the peer by RTCP XR.
//
// # In a media engine
//
// One Sequence stands beside the reception counts of each leg, in the same
// goroutine; it allocates nothing.
//
//   - Every RTP packet of the leg's peer that is accepted: Take its number,
//     telephone-events included, as they are numbered with the audio.
//   - Every packet that the jitter buffer refuses as late: Discard its number
//     too. A leg that is only forwarded has no buffer and nothing to discard.
//   - Every new source (SSRC): Flush first, so that the jump is no loss. A peer
//     that restarts its numbers is noticed without.
//   - At the end, and for each statistics message: Counts. Counts.Runs is the
//     loss_runs of the media report; with lost and late it is all that the
//     rating in the leg's facts needs.
//   - Live, every five seconds or so: keep the Counts of the last look, and rate
//     now.Since(then).Conditions(delay, concealed).
//   - With each RTCP report to a peer that offered "rtcp-xr:voip-metrics"
//     (RFC 3611 §5.1): Of, then the delays, the levels and the buffer's figures,
//     Judge, AppendPacket behind the SR or RR. What the peer reports comes out of
//     ParsePacket; its Conditions tell how our side is heard.
//
// The delay is that from mouth to ear: half the round trip, a packet, and the
// jitter buffers of both ends. Losses are concealed where dsp/plc decodes; on a
// forwarded stream the phone that plays it conceals.
package quality
