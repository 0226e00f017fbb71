package boot

// loaderModules are the parts of GRUB that its image carries: nothing else can be loaded.
func loaderModules() []string {
	return []string{"part_gpt", "fat", "search", "search_label", "normal", "configfile", "linux", "loadenv", "test", "echo", "sleep", "reboot", "halt", "true"}
}

// ESPLabel is the label of the boot loader's file system.
const ESPLabel = "AUTOCOM-ESP"

// embedded is what GRUB does first: find its own file system. There is no other way in.
const embedded = `search --no-floppy --label ` + ESPLabel + ` --set=root
set prefix=($root)/grub
configfile ($root)/grub/grub.cfg
reboot
`

// LoaderConfig is grub.cfg: it chooses a slot as slot.State.Choose does, one try less each time, and saves that before it starts the kernel.
// GRUB's language cannot count, so the tries are spelled out. Without a readable environment it starts A, then B.
func LoaderConfig() string {
	return `set timeout=0
set esp=$root
set slot=
load_env -f ($esp)/grub/grubenv first last_good A_left B_left
set order="A B"
if [ "$first" = "B" ]; then set order="B A"; fi
for try in $order; do
  if [ -z "$slot" ]; then
    if [ "$try" = "A" ]; then set left="$A_left"; else set left="$B_left"; fi
    set next=
    if [ "$left" = "3" ]; then set next=2; fi
    if [ "$left" = "2" ]; then set next=1; fi
    if [ "$left" = "1" ]; then set next=0; fi
    if [ -n "$next" ]; then
      set slot="$try"
      if [ "$try" = "A" ]; then
        set A_left=$next
        save_env -f ($esp)/grub/grubenv A_left
      else
        set B_left=$next
        save_env -f ($esp)/grub/grubenv B_left
      fi
    fi
  fi
done
if [ -z "$slot" ]; then set slot="$last_good"; fi
if [ -z "$slot" ]; then set slot=A; fi
for try in $slot A B; do
  search --no-floppy --label AUTOCOM-$try --set=boot
  if [ -n "$boot" ]; then
    if linux ($boot)/vmlinuz autocom.slot=$try ` + kernelLine + `; then
      if initrd ($boot)/initramfs; then
        boot
      fi
    fi
  fi
done
echo "autocom: neither firmware can be read; trying again in 30 seconds"
sleep 30
reboot
`
}

// kernelLine keeps the first serial line for the installer: the kernel and systemd speak on the second, where the machine has one, and on the screen.
const kernelLine = "console=tty0 console=ttyS1,115200 loglevel=5 panic=10 systemd.show_status=1 systemd.log_target=journal-or-kmsg net.ifnames=1 audit=0"

// BootLabel is the label of the file system that holds a slot's kernel.
func BootLabel(slot string) string { return "AUTOCOM-" + slot }
