import TraceKit

/// The flags of the system calls that mount file systems, by their names (linux/mount.h,
/// linux/fs.h, linux/fcntl.h).
enum MountFlags {
  static let mount = FlagNames([
    (1 << 0, "MS_RDONLY"), (1 << 1, "MS_NOSUID"), (1 << 2, "MS_NODEV"), (1 << 3, "MS_NOEXEC"),
    (1 << 4, "MS_SYNCHRONOUS"), (1 << 5, "MS_REMOUNT"), (1 << 6, "MS_MANDLOCK"),
    (1 << 7, "MS_DIRSYNC"), (1 << 8, "MS_NOSYMFOLLOW"), (1 << 10, "MS_NOATIME"),
    (1 << 11, "MS_NODIRATIME"), (1 << 12, "MS_BIND"), (1 << 13, "MS_MOVE"), (1 << 14, "MS_REC"),
    (1 << 15, "MS_SILENT"), (1 << 16, "MS_POSIXACL"), (1 << 17, "MS_UNBINDABLE"),
    (1 << 18, "MS_PRIVATE"), (1 << 19, "MS_SLAVE"), (1 << 20, "MS_SHARED"),
    (1 << 21, "MS_RELATIME"), (1 << 22, "MS_KERNMOUNT"), (1 << 23, "MS_I_VERSION"),
    (1 << 24, "MS_STRICTATIME"), (1 << 25, "MS_LAZYTIME"),
  ])

  static let unmount = FlagNames([
    (1, "MNT_FORCE"), (2, "MNT_DETACH"), (4, "MNT_EXPIRE"), (8, "UMOUNT_NOFOLLOW"),
  ])

  static let open = FlagNames([(1, "FSOPEN_CLOEXEC")])

  static let fsmount = FlagNames([(1, "FSMOUNT_CLOEXEC"), (2, "FSMOUNT_NAMESPACE")])

  static let attributes = FlagNames([
    (0x1, "MOUNT_ATTR_RDONLY"), (0x2, "MOUNT_ATTR_NOSUID"), (0x4, "MOUNT_ATTR_NODEV"),
    (0x8, "MOUNT_ATTR_NOEXEC"), (0x70, "MOUNT_ATTR__ATIME"), (0x10, "MOUNT_ATTR_NOATIME"),
    (0x20, "MOUNT_ATTR_STRICTATIME"), (0x80, "MOUNT_ATTR_NODIRATIME"),
    (0x10_0000, "MOUNT_ATTR_IDMAP"), (0x20_0000, "MOUNT_ATTR_NOSYMFOLLOW"),
  ])

  static let move = FlagNames([
    (0x1, "MOVE_MOUNT_F_SYMLINKS"), (0x2, "MOVE_MOUNT_F_AUTOMOUNTS"),
    (0x4, "MOVE_MOUNT_F_EMPTY_PATH"), (0x10, "MOVE_MOUNT_T_SYMLINKS"),
    (0x20, "MOVE_MOUNT_T_AUTOMOUNTS"), (0x40, "MOVE_MOUNT_T_EMPTY_PATH"),
    (0x100, "MOVE_MOUNT_SET_GROUP"), (0x200, "MOVE_MOUNT_BENEATH"),
  ])

  static let pick = FlagNames([
    (1, "FSPICK_CLOEXEC"), (2, "FSPICK_SYMLINK_NOFOLLOW"), (4, "FSPICK_NO_AUTOMOUNT"),
    (8, "FSPICK_EMPTY_PATH"),
  ])

  /// Of open_tree and mount_setattr. O_CLOEXEC is the same on x86-64 and arm64.
  static let tree = FlagNames([
    (0x1, "OPEN_TREE_CLONE"), (0x2, "OPEN_TREE_NAMESPACE"), (0o2000000, "OPEN_TREE_CLOEXEC"),
    (0x100, "AT_SYMLINK_NOFOLLOW"), (0x800, "AT_NO_AUTOMOUNT"), (0x1000, "AT_EMPTY_PATH"),
    (0x8000, "AT_RECURSIVE"),
  ])

  private static let commands = [
    "FSCONFIG_SET_FLAG", "FSCONFIG_SET_STRING", "FSCONFIG_SET_BINARY", "FSCONFIG_SET_PATH",
    "FSCONFIG_SET_PATH_EMPTY", "FSCONFIG_SET_FD", "FSCONFIG_CMD_CREATE",
    "FSCONFIG_CMD_RECONFIGURE", "FSCONFIG_CMD_CREATE_EXCL",
  ]

  /// A command of fsconfig, or its number where it has no name here.
  static func command(_ number: UInt64) -> String {
    number < commands.count ? commands[Int(number)] : "\(number)"
  }

  /// Programs may set the upper half to this number, and the kernel leaves it out
  /// (linux/mount.h: MS_MGC_VAL).
  static func withoutMagic(_ flags: UInt64) -> UInt64 {
    flags & 0xffff_0000 == 0xc0ed_0000 ? flags & ~0xffff_0000 : flags
  }
}
