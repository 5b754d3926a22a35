. "$PSScriptRoot\emit.ps1"
Write-Check 'firewall' {
  @{ profiles = @(Get-NetFirewallProfile -PolicyStore ActiveStore | ForEach-Object {
    @{ name = "$($_.Name)"; enabled = [int]$_.Enabled; inbound = [int]$_.DefaultInboundAction } }) }
}
