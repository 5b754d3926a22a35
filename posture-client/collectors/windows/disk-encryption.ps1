. "$PSScriptRoot\emit.ps1"
Write-Check 'disk-encryption' {
  $shell = New-Object -ComObject Shell.Application
  # DriveType 3: fixed disks. Key protectors are never read: they would carry the recovery password.
  @{ volumes = @(Get-CimInstance -ClassName Win32_LogicalDisk -Filter 'DriveType=3' -Property DeviceID | ForEach-Object {
    @{ mount = $_.DeviceID; system = $_.DeviceID -eq $env:SystemDrive
       protection = $shell.NameSpace($_.DeviceID).Self.ExtendedProperty('System.Volume.BitLockerProtection') } }) }
}
