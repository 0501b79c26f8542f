package import Settings

extension RelaySetting {
  package static func combinationProblems(_ settings: Settings<RelaySetting>) -> [SettingProblem] {
    var problems: [SettingProblem] = []
    if settings.optionalText(.data) == nil {
      problems.append(.combination("--data is missing: name a folder, for example --data ./relay-data."))
    }
    if (settings.optionalText(.tlsCertificate) == nil) != (settings.optionalText(.tlsKey) == nil) {
      problems.append(.combination("--tls-certificate and --tls-key go together."))
    }
    if settings.optionalText(.tlsCertificate) != nil, settings.isOn(.insecurePlaintext) {
      problems.append(.combination("--insecure-plaintext is for a relay without --tls-certificate."))
    }
    if settings.number(.blobsFileBytes) > settings.number(.blobsMailboxBytes) / 2
      || settings.number(.blobsMailboxBytes) > settings.number(.blobsTotalBytes)
    {
      problems.append(
        .combination(
          "--blobs-file-bytes must be at most half of --blobs-mailbox-bytes, and that at most --blobs-total-bytes: nobody could leave the largest file."
        ))
    }
    return problems
  }
}
