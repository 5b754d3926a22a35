. "$PSScriptRoot\emit.ps1"
# Remediation: fetches signatures from the sources that the laptop's own policy lists.
Update-MpSignature
