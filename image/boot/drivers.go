package boot

import (
	"bufio"
	"fmt"
	"io"
	"path"
	"slices"
	"strings"
)

// Drivers are a kernel's loadable drivers, as depmod describes them.
type Drivers struct {
	paths map[string]string   // name → file below the kernel's directory
	needs map[string][]string // file → files it needs, the farthest last
}

// EarlyDrivers find the disk and read it: the first program loads them itself, whichever the machine has.
func EarlyDrivers() []string {
	return []string{
		"virtio_pci", "virtio_mmio", "virtio_blk", "virtio_scsi", "nvme", "ahci", "sd_mod", "xhci_pci", "usb_storage", "uas", "sdhci_pci", "sdhci_acpi", "mmc_block",
		"crc32c_generic", "crc32c_intel", "ext4", "squashfs", "overlay", "autofs4", "i6300esb", "iTCO_wdt", "qemu_fw_cfg",
	}
}

// LateDrivers are the others the box may need; udev loads what the machine has.
func LateDrivers() []string {
	return []string{
		"virtio_net", "virtio_console", "virtio_rng", "e1000", "e1000e", "igb", "igc", "r8169", "realtek", "8021q",
		"vfat", "nls_cp437", "nls_ascii", "nls_iso8859_1", "nls_utf8", "softdog", "i2c_i801", "lm75", "coretemp", "k10temp", "thermal", "fan", "processor",
		"leds_gpio", "ledtrig_timer", "ledtrig_heartbeat", "ledtrig_oneshot", "ledtrig_default_on", "ledtrig_netdev", "gpio_ich", "gpio_amdpt",
		"usbserial", "ftdi_sio", "pl2303", "cp210x", "ch341", "option", "cdc_acm", "cdc_ether", "cdc_ncm", "cdc_mbim", "qmi_wwan", "usbhid", "button", "evdev",
		"nf_tables", "nft_ct", "nft_limit", "nft_log", "nft_reject_inet", "nf_conntrack", "nft_chain_nat", "loop", "dm_verity", "efivarfs",
	}
}

// ReadDrivers reads modules.dep.
func ReadDrivers(r io.Reader) (Drivers, error) {
	d := Drivers{paths: map[string]string{}, needs: map[string][]string{}}
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		file, rest, ok := strings.Cut(lines.Text(), ":")
		if !ok {
			return Drivers{}, fmt.Errorf("modules.dep: %q has no colon", lines.Text())
		}
		d.paths[driverName(file)] = file
		d.needs[file] = strings.Fields(rest)
	}
	return d, lines.Err()
}

// driverName is the kernel's name of a file: it takes - and _ for the same.
func driverName(file string) string {
	return strings.ReplaceAll(strings.TrimSuffix(path.Base(file), ".ko"), "-", "_")
}

// Closure lists the files of drivers, each after those it needs. Names the kernel does not have as loadable files come back as absent:
// they may be built in, or of another architecture.
func (d Drivers) Closure(names []string) (files, absent []string) {
	for _, name := range names {
		file, ok := d.paths[strings.ReplaceAll(name, "-", "_")]
		if !ok {
			absent = append(absent, name)
			continue
		}
		for _, need := range slices.Backward(append([]string{file}, d.needs[file]...)) {
			if !slices.Contains(files, need) {
				files = append(files, need)
			}
		}
	}
	return files, absent
}
