package report

// Subjects are the pages, in the order of the index. Each has its own file.
func Subjects() []Subject {
	return []Subject{
		DTMF(),
		Echo(),
		Jitter(),
		Level(),
		Loudness(),
		Mix(),
		PLC(),
		Progress(),
		Quality(),
		Resample(),
	}
}
