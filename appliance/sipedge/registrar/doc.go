// Package registrar knows where each desk phone is: phones tell it, prove their password, and are found again through the address they came from.
//
// [Guard] asks for passwords and checks them; [Registrar] keeps the bindings of RFC 3261 §10. Neither touches a socket: sipedge hands them
// requests and sends what they answer.
package registrar
