// Customers as Business Central's API shows them and accounts as Dataverse shows them, with rows enough for several pages.

@path: '/odata/v4/bc'
@requires: 'any'
service BusinessCentral {
  @cds.query.limit: { default: 100, max: 400 }
  entity customers {
    key id : UUID;
    number : String(20);
    displayName : String(100);
    city : String(30);
    blocked : String(20);
    creditLimit : Decimal(18, 2);
    priority : Integer;
    taxLiable : Boolean;
    since : Date;
    @odata.etag
    @cds.on.insert: $now
    @cds.on.update: $now
    lastModifiedDateTime : Timestamp;
  }
}

@path: '/odata/v4/dv'
@requires: 'any'
service Dataverse {
  @cds.query.limit: { default: 100, max: 400 }
  entity accounts {
    key accountid : UUID;
    name : String(160);
    address1_city : String(80);
    statecode : Integer;
    customertypecode : Integer;
    creditlimit : Decimal(18, 2);
    creditonhold : Boolean;
    ![_bcbi_companyid_value] : UUID;
    @odata.etag
    @cds.on.insert: $now
    @cds.on.update: $now
    modifiedon : Timestamp;
  }
}
