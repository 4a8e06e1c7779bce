<#
.SYNOPSIS
Exports an inventory of the site's devices for `fleetsim fleet import`.

.DESCRIPTION
The script only reads. It changes nothing in the site or in its database. There are two ways, and
both give the same devices:

  -SiteCode    uses the console's PowerShell module, on a computer with the console.
               It writes one file, with the output of Get-CMDevice.
  -SqlServer   queries the site database. You need read access to its views. It writes one file
               for each view, and also gets chassis, edition and Extended Security Updates.

The files contain names of computers and locations. Protect them like your other inventories.

.PARAMETER SiteCode
The site's code, such as PS1.

.PARAMETER SiteServer
The computer with the SMS Provider. Default: the one that the console uses.

.PARAMETER CollectionId
Only members of this collection. Default: SMS00001, all systems.

.PARAMETER SqlServer
The database server, with the name of its instance if it has one.

.PARAMETER Database
The site's database, such as CM_PS1.

.PARAMETER Folder
The folder for the files. The script creates it if necessary. It does not replace existing files.

.EXAMPLE
.\export-inventory.ps1 -SiteCode PS1 -Folder C:\Temp\inventory

.EXAMPLE
.\export-inventory.ps1 -SqlServer SQL01 -Database CM_PS1 -Folder C:\Temp\inventory

.NOTES
Next step: fleetsim fleet import C:\Temp\inventory --out fleet.csv
#>
[CmdletBinding(DefaultParameterSetName = 'Console')]
param(
    [Parameter(Mandatory, ParameterSetName = 'Console')]
    [ValidatePattern('^[A-Za-z0-9]{3}$')]
    [string]$SiteCode,

    [Parameter(ParameterSetName = 'Console')]
    [string]$SiteServer,

    [Parameter(ParameterSetName = 'Console')]
    [ValidatePattern('^[A-Za-z0-9]{8}$')]
    [string]$CollectionId = 'SMS00001',

    [Parameter(Mandatory, ParameterSetName = 'Database')]
    [string]$SqlServer,

    [Parameter(Mandatory, ParameterSetName = 'Database')]
    [ValidatePattern('^[A-Za-z0-9_]+$')]
    [string]$Database,

    [Parameter(Mandatory)]
    [string]$Folder
)

Set-StrictMode -Version 2.0
$ErrorActionPreference = 'Stop'

# Only the columns that fleetsim uses, so that no other personal data leaves the site.
$DeviceColumns = @(
    'Name', 'ResourceID', 'SiteCode', 'Domain', 'DeviceOS', 'DeviceOSBuild', 'ADSiteName',
    'BoundaryGroups', 'IsVirtualMachine', 'IsClient', 'IsActive', 'IsObsolete', 'IsDecommissioned',
    'ClientActiveStatus', 'ClientCheckPass', 'ClientVersion', 'ClientState', 'CoManaged',
    'LastActiveTime', 'LastPolicyRequest', 'LastDDR', 'LastHardwareScan', 'LastStatusMessage',
    'CNLastOnlineTime', 'ATPOnboardingState', 'ATPOrgId', 'ATPSenseIsRunning', 'ATPLastConnected'
)
$ViewColumns = [ordered]@{
    'v_R_System' = @(
        'ResourceID', 'Netbios_Name0', 'Client0', 'Active0', 'Obsolete0', 'Decommissioned0',
        'Client_Version0', 'Operating_System_Name_and0', 'Build01', 'BuildExt',
        'Is_Virtual_Machine0', 'Resource_Domain_OR_Workgr0', 'AD_Site_Name0', 'ESUValue'
    )
    'v_CombinedDeviceResources' = @(
        'MachineID', 'Name', 'SiteCode', 'DeviceOS', 'DeviceOSBuild', 'BoundaryGroups', 'IsClient',
        'IsActive', 'IsObsolete', 'IsDecommissioned', 'IsVirtualMachine', 'ClientActiveStatus',
        'ClientCheckPass', 'ClientVersion', 'ClientState', 'CoManaged', 'LastActiveTime',
        'LastPolicyRequest', 'LastDDR', 'LastHardwareScan'
    )
    'v_GS_OPERATING_SYSTEM' = @(
        'ResourceID', 'Caption0', 'BuildNumber0', 'Version0', 'ProductType0', 'OperatingSystemSKU0'
    )
    'v_GS_SYSTEM_ENCLOSURE' = @('ResourceID', 'ChassisTypes0')
    'vSMS_G_System_AdvancedThreatProtectionHealthStatus' = @(
        'ResourceID', 'LastConnected', 'OnboardingState', 'OrgId', 'SenseIsRunning'
    )
}

function Get-NewFile([string]$Name) {
    $path = Join-Path $script:Target $Name
    if (Test-Path -LiteralPath $path) {
        throw "$path already exists. Choose another folder, or move the file."
    }
    $path
}

# Dates as ISO 8601, so that the order of day and month is clear.
function ConvertTo-Cell($Value) {
    if ($null -eq $Value -or $Value -is [DBNull]) { return '' }
    if ($Value -is [datetime]) {
        return $Value.ToString('yyyy-MM-ddTHH:mm:ss', [cultureinfo]::InvariantCulture)
    }
    if ($Value -is [array]) { return ($Value -join ', ') }
    [string]$Value
}

function Export-Console {
    if (-not $env:SMS_ADMIN_UI_PATH) {
        throw 'The Configuration Manager console is not installed on this computer.'
    }
    $module = Join-Path (Split-Path $env:SMS_ADMIN_UI_PATH) 'ConfigurationManager.psd1'
    Import-Module $module -Verbose:$false
    if (-not (Get-PSDrive -Name $SiteCode -PSProvider CMSite -ErrorAction SilentlyContinue)) {
        if (-not $SiteServer) { throw "There is no drive for site $SiteCode. Give its server with -SiteServer." }
        New-PSDrive -Name $SiteCode -PSProvider CMSite -Root $SiteServer -Scope Script | Out-Null
    }
    $file = Get-NewFile 'Get-CMDevice.csv'
    Push-Location "${SiteCode}:"
    try {
        $devices = @(Get-CMDevice -CollectionId $CollectionId -Fast)
    } finally {
        Pop-Location
    }
    $devices | ForEach-Object {
        $row = [ordered]@{}
        foreach ($column in $DeviceColumns) {
            $property = $_.PSObject.Properties[$column]
            $row[$column] = if ($property) { ConvertTo-Cell $property.Value } else { '' }
        }
        [pscustomobject]$row
    } | Export-Csv -LiteralPath $file -NoTypeInformation -Encoding UTF8
    Write-Host "$($devices.Count) devices written to $file"
}

function Get-KnownColumn($Connection, [string]$View) {
    $command = $Connection.CreateCommand()
    $command.CommandText =
        'SELECT COLUMN_NAME FROM INFORMATION_SCHEMA.COLUMNS WHERE TABLE_NAME = @view'
    [void]$command.Parameters.AddWithValue('@view', $View)
    $reader = $command.ExecuteReader()
    try { while ($reader.Read()) { $reader.GetString(0) } } finally { $reader.Close() }
}

function Export-View($Connection, [string]$View, [string[]]$Wanted) {
    # In some versions the view of combined resources has only the name of its class.
    foreach ($name in $View, ($View -replace '^v_', 'vSMS_')) {
        $known = @(Get-KnownColumn $Connection $name)
        if ($known.Count) { break }
    }
    $columns = @($Wanted | Where-Object { $known -contains $_ })
    if ($columns.Count -lt 2) {
        Write-Warning "$View does not exist or cannot be read. It is left out."
        return
    }
    $file = Get-NewFile "$View.csv"
    $command = $Connection.CreateCommand()
    $command.CommandTimeout = 600
    # The names of views and columns come only from the lists above.
    $command.CommandText = "SELECT [$($columns -join '], [')] FROM [dbo].[$name]"
    $reader = $command.ExecuteReader()
    $count = 0
    try {
        & {
            while ($reader.Read()) {
                $row = [ordered]@{}
                for ($at = 0; $at -lt $columns.Count; $at++) {
                    $row[$columns[$at]] = ConvertTo-Cell $reader.GetValue($at)
                }
                [pscustomobject]$row
            }
        } | ForEach-Object { $count++; $_ } |
            Export-Csv -LiteralPath $file -NoTypeInformation -Encoding UTF8
    } finally {
        $reader.Close()
    }
    Write-Host "$count rows written to $file"
}

function Export-Database {
    $builder = New-Object System.Data.SqlClient.SqlConnectionStringBuilder
    $builder['Data Source'] = $SqlServer
    $builder['Initial Catalog'] = $Database
    $builder['Integrated Security'] = $true
    $builder['ApplicationIntent'] = 'ReadOnly'
    $builder['Application Name'] = 'Inventory export'
    $connection = New-Object System.Data.SqlClient.SqlConnection $builder.ConnectionString
    $connection.Open()
    try {
        foreach ($view in $ViewColumns.Keys) { Export-View $connection $view $ViewColumns[$view] }
    } finally {
        $connection.Close()
    }
}

$script:Target = (New-Item -ItemType Directory -Path $Folder -Force).FullName
if ($PSCmdlet.ParameterSetName -eq 'Console') { Export-Console } else { Export-Database }
