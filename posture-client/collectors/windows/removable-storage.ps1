. "$PSScriptRoot\emit.ps1"
Write-Check 'removable-storage' {
  $services = 'HKLM:\SYSTEM\CurrentControlSet\Services'
  $policy = 'HKLM:\SOFTWARE\Policies\Microsoft\Windows\RemovableStorageDevices'
  $disks = "$policy\{53f5630d-b6bf-11d0-94f2-00a0c91efb8b}"
  @{
    usbstorStart = Get-RegistryValue "$services\USBSTOR" 'Start'; uaspStart = Get-RegistryValue "$services\UASPStor" 'Start'
    denyAll = Get-RegistryValue $policy 'Deny_All'
    denyRead = Get-RegistryValue $disks 'Deny_Read'; denyWrite = Get-RegistryValue $disks 'Deny_Write'
    denyWriteUnencrypted = Get-RegistryValue 'HKLM:\SYSTEM\CurrentControlSet\Policies\Microsoft\FVE' 'RDVDenyWriteAccess'
  }
}
