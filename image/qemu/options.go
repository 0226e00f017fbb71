package qemu

import (
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strconv"
)

// Options describe a virtual machine.
type Options struct {
	Arch string // amd64 (default) or arm64
	// Disk is the disk image; the machine runs on a copy in Dir, which is kept when it is there already, as a disk is after a power cut.
	Disk string
	// Kernel and Initial start without a boot loader, as arm64 does.
	Kernel, Initial, Append string
	// Dir holds the sockets, the disk's copy and the firmware's variables. Its path must be short: a socket's name has room for 100 bytes.
	Dir        string
	Memory     int    // MiB, 0: 1024
	SIP        string // host address that UDP and TCP are forwarded from to the guest's port 5060, such as 127.0.0.1:5060; empty: none
	RTP        [2]int // UDP ports of the SIP address forwarded to the guest's same ports, first and last; 0: none
	Advertised string // the address phones are told, given to the guest; empty: none
	Forward    []Forward
	Log        io.Writer // everything the second serial line says; nil: only kept in Machine.Log
	// LeaveConsole leaves the first serial line to whoever connects to its socket: Machine.Console is then nil.
	LeaveConsole bool
	KeepOn       bool // a guest that restarts is started again; otherwise the machine ends
}

// A Forward is another TCP port of the host that leads into the guest.
type Forward struct {
	Host  string // such as 127.0.0.1:8080
	Guest int
}

// maxSocket is the room for a socket's path.
const maxSocket = 100

func (o Options) path(name string) string { return filepath.Join(o.Dir, name) }

// check says what cannot be.
func (o Options) check() error {
	switch {
	case o.Arch != "" && o.Arch != "amd64" && o.Arch != "arm64":
		return fmt.Errorf("architecture %q: amd64 or arm64", o.Arch)
	case o.LeaveConsole && o.Arch == "arm64":
		return errors.New("an arm64 machine has one serial line, which must be read")
	case o.Disk == "" && o.Kernel == "":
		return errors.New("a machine needs a disk or a kernel")
	case o.Dir == "" || len(o.path("monitor.sock")) > maxSocket:
		return fmt.Errorf("directory %q: give a short one, sockets lie in it", o.Dir)
	case o.RTP != [2]int{} && (o.RTP[0] <= 0 || o.RTP[0] > o.RTP[1] || o.RTP[1] > 65535 || o.RTP[1]-o.RTP[0] >= maxPorts):
		return fmt.Errorf("RTP ports %d to %d: at most %d in order", o.RTP[0], o.RTP[1], maxPorts)
	case o.RTP != [2]int{} && o.SIP == "":
		return errors.New("RTP ports are forwarded from the address of SIP: give one")
	}
	return nil
}

// maxPorts is how many RTP ports may be forwarded: each is a rule of its own.
const maxPorts = 512

// command is the program and its arguments. KVM is never used, even where the machine offers it: a nested one may hang before the kernel's first line.
func (o Options) command() (string, []string, error) {
	if err := o.check(); err != nil {
		return "", nil, err
	}
	program := "qemu-system-x86_64"
	args := []string{"-M", "q35", "-cpu", "max"}
	if o.Arch == "arm64" {
		program = "qemu-system-aarch64"
		args = []string{"-M", "virt", "-cpu", "cortex-a72"}
	}
	memory := o.Memory
	if memory == 0 {
		memory = 1024
	}
	args = append(args, "-accel", "tcg,thread=multi", "-smp", "2", "-m", strconv.Itoa(memory), "-nodefaults", "-no-user-config", "-display", "none",
		"-chardev", "socket,id=c0,server=on,wait=off,path="+o.path("console.sock"), "-serial", "chardev:c0",
		"-qmp", "unix:"+o.path("monitor.sock")+",server=on,wait=off")
	if o.Arch != "arm64" {
		args = append(args, "-chardev", "socket,id=c1,server=on,wait=off,path="+o.path("words.sock"), "-serial", "chardev:c1",
			"-device", "i6300esb", "-action", "watchdog=reset")
	}
	if !o.KeepOn {
		args = append(args, "-no-reboot")
	}
	if o.Kernel != "" {
		args = append(args, "-kernel", o.Kernel, "-initrd", o.Initial, "-append", o.Append)
	}
	if o.Disk != "" {
		args = append(args, "-drive", "if=pflash,format=raw,readonly=on,file="+firmwareCode, "-drive", "if=pflash,format=raw,file="+o.path("vars.fd"),
			"-drive", "if=none,id=disk,format=raw,cache=writeback,file="+o.path("disk.img"), "-device", "virtio-blk-pci,drive=disk,bootindex=0")
	}
	net, err := o.network()
	if err != nil {
		return "", nil, err
	}
	args = append(args, "-netdev", net, "-device", "virtio-net-pci,netdev=net,romfile=")
	if place := o.place(); place != "" {
		args = append(args, "-fw_cfg", "name=opt/autocom/place,string="+place)
	}
	return program, args, nil
}

// UEFI for virtual machines, as Debian's ovmf package installs it.
const (
	firmwareCode = "/usr/share/OVMF/OVMF_CODE_4M.fd"
	firmwareVars = "/usr/share/OVMF/OVMF_VARS_4M.fd"
)

// place is what the guest is told of the network around it.
func (o Options) place() string {
	place := ""
	if o.Advertised != "" {
		place = "advertised=" + o.Advertised
	}
	if o.RTP != [2]int{} {
		place += fmt.Sprintf(" rtp=%d-%d", o.RTP[0], o.RTP[1])
	}
	return place
}
