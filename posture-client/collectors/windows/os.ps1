. "$PSScriptRoot\emit.ps1"
Write-Check 'os' {
  $key = 'HKLM:\SOFTWARE\Microsoft\Windows NT\CurrentVersion'
  $system = Get-CimInstance -ClassName Win32_OperatingSystem -Property Caption, Version, LastBootUpTime
  @{
    caption = $system.Caption; version = $system.Version; lastBoot = Format-Utc $system.LastBootUpTime
    build = Get-RegistryValue $key 'CurrentBuildNumber'; revision = Get-RegistryValue $key 'UBR'
    edition = Get-RegistryValue $key 'EditionID'
  }
}
