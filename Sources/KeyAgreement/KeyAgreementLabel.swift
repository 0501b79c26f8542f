/// The domain-separating labels of this target, each used for one purpose (C0–C12).
enum KeyAgreementLabel {
  // Signatures
  static let deviceConsent = "Sotto_DeviceConsent_v1"
  static let deviceList = "Sotto_DeviceList_v1"
  static let bundle = "Sotto_Bundle_v1"
  static let oneTimePrekey = "Sotto_OneTimePrekey_v1"

  // Hashes
  static let deviceListHash = "Sotto_DeviceListHash_v1"
  static let bundleHash = "Sotto_BundleHash_v1"
  static let session = "Sotto_Session_v1"
  static let admission = "Sotto_Admission_v1"
  static let deletionHash = "Sotto_DeletionHash_v1"
  static let collectedHash = "Sotto_CollectedHash_v1"
  static let safetyNumber = "Sotto_SafetyNumber_v1"

  // Key derivation
  static let x3dh = "Sotto_X3DH_25519_SHA-256_v1"
  static let pqxdh = "Sotto_PQXDH_25519_SHA-256_ML-KEM-1024_v1"
  static let export = "Sotto_Export_v1"
  static let published = "Sotto_Published_v1"

  // Message authentication codes
  static let deliveryTag = "Sotto_DeliveryTag_v1"
  static let inviteTag = "Sotto_InviteTag_v1"
  static let deletionToken = "Sotto_DeletionToken_v1"
  static let collectedToken = "Sotto_CollectedToken_v1"
}
