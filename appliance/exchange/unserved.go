package exchange

import "autocom/appliance/exchange/fact"

// unserved answers a command that this exchange does not serve.
func unserved() fact.Reason { return fact.Reason{Code: "command.unserved"} }

func (s *State) setExtension(in ExtensionSet) { s.refuse(in, unserved()) }
func (s *State) park(in CallPark)             { s.refuse(in, unserved()) }
func (s *State) pickUp(in CallPickUp)         { s.refuse(in, unserved()) }
func (s *State) pull(in CallPull)             { s.refuse(in, unserved()) }
func (s *State) move(in CallMove)             { s.refuse(in, unserved()) }
