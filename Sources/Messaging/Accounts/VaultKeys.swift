import Vault

/// What the account state holds beside its tables. All devices of an account are to share it.
extension AccountValue {
  /// Account id (33) ‖ number of this device u32.
  static let account = AccountValue(rawValue: 1)
  /// The profile name, UTF-8.
  static let name = AccountValue(rawValue: 2)
  /// The own device lists (C1).
  static let lists = AccountValue(rawValue: 3)
  /// u8: 0 when read receipts are neither sent nor shown.
  static let readReceipts = AccountValue(rawValue: 4)
  /// The profile that contacts are told, an encoded Content; none: nothing was ever set.
  static let profile = AccountValue(rawValue: 5)
}

/// Secrets of this device alone.
extension DeviceSecret {
  /// The seed of the device key.
  static let deviceSeed = DeviceSecret(rawValue: 1)
  /// K_tok of C10.
  static let tokenKey = DeviceSecret(rawValue: 2)
  /// The root seed, until its recovery string has been shown.
  static let unshownRecoverySeed = DeviceSecret(rawValue: 3)
}

/// Facts about this device alone.
extension DeviceValue {
  /// Since when this vault is known to be a copy: unix seconds u64.
  static let copied = DeviceValue(rawValue: 1)
  /// What relays were seen doing (``RelayEvidence``).
  static let relayEvidence = DeviceValue(rawValue: 2)
  /// A relay operator's token (C16), until the mailbox is there; then nothing.
  static let registrationToken = DeviceValue(rawValue: 16)
  /// The mailboxes that are still to be taken over: ids, u64 each.
  static let takingOver = DeviceValue(rawValue: 3)
  /// When this vault was taken over: unix seconds u64.
  static let adopted = DeviceValue(rawValue: 4)
}
