// Package echo removes a caller's own voice coming back from a two-wire line or a loud handset.
//
// A Canceller learns the echo's path with an adaptive filter, subtracts what it predicts, and hides what is left behind comfort noise. It is
// tested as ITU-T G.168 asks (package g168 is the bench), for line echo up to 64 ms. It is meant for legs to analogue gateways and is off
// unless asked for: a digital telephone cancels its own.
//
// Names follow G.168: far is what goes towards the line (Rin), near is what comes back from it (Sin), out is what the other party hears (Sout).
//
// How it works, from published descriptions only:
//   - Two filters on one path (Ochiai, Araseki, Ogihara 1977): a background one that adapts, a foreground one that is heard. The foreground takes
//     the background's taps once those have proved better, so that two people speaking at once never ruin what is heard.
//   - The background adapts by normalised least mean squares on signals made whiter by one difference, so that speech converges nearly as noise.
//   - Its step follows how much of the error can be echo (the leakage idea of Valin 2007, here a low quantile of block powers rather than by
//     regression): close to 1 while learning, near 0 while the near end speaks.
//   - Steady tones on the far side stop a filter that has learnt: a tone says nothing of the path beside its own frequency.
//   - 2,100 Hz with phase reversals (fax and modem answer tones) takes the whole canceller out until silence (G.168 §7).
package echo
