. "$PSScriptRoot\emit.ps1"
Write-Check 'reboot' {
  $base = 'HKLM:\SOFTWARE\Microsoft\Windows\CurrentVersion'
  $boot = (Get-CimInstance -ClassName Win32_OperatingSystem -Property LastBootUpTime).LastBootUpTime
  @{
    servicing = Test-Path "$base\Component Based Servicing\RebootPending"
    windowsUpdate = Test-Path "$base\WindowsUpdate\Auto Update\RebootRequired"
    lastBoot = Format-Utc $boot; uptimeHours = [math]::Round(((Get-Date) - $boot).TotalHours, 2)
  }
}
