. "$PSScriptRoot\emit.ps1"
Write-Check 'vpn-client' {
  @{ connections = @(@(Get-VpnConnection -AllUserConnection) + @(Get-VpnConnection) | ForEach-Object {
    @{ name = $_.Name; tunnelType = "$($_.TunnelType)"; splitTunneling = $_.SplitTunneling } }) }
}
