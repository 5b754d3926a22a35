. "$PSScriptRoot\emit.ps1"
Write-Check 'network' {
  $settings = 'HKLM:\SOFTWARE\Microsoft\Windows\CurrentVersion\Internet Settings'
  $policy = 'HKLM:\SOFTWARE\Policies\Microsoft\Windows\CurrentVersion\Internet Settings'
  @{
    proxySettingsPerUser = Get-RegistryValue $policy 'ProxySettingsPerUser'
    machine = @{ proxyEnable = Get-RegistryValue $settings 'ProxyEnable'
      proxyServer = Get-RegistryValue $settings 'ProxyServer'; autoConfigUrl = Get-RegistryValue $settings 'AutoConfigURL' }
  }
}
